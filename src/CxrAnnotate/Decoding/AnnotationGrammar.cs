using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// The grammar that training annotations show, by which every search is bound: which word may follow which, which qualifiers a heading takes, which
/// words exclude each other within a term, and which headings may begin a later term beside a label. Sides exclude each other, so do severities, and
/// every word excludes itself, unless a training annotation has them in one term. A normal image takes no qualifiers, because none of the
/// training annotations has any. An annotation may always end after a word. Words are ids, lists of them texts with blanks between.
/// </summary>
internal sealed record AnnotationGrammar
{
    /// <summary>By word: the words that may come right after it. The words that start a label's sequences come first, as in training.</summary>
    public required IReadOnlyList<string> Next { get; init; }

    /// <summary>By heading: its qualifiers; empty for a word that begins no term, which restricts nothing.</summary>
    public required IReadOnlyList<string> Qualifiers { get; init; }

    /// <summary>By word: the words that are not in a term with it, mostly itself among them.</summary>
    public required IReadOnlyList<string> Excludes { get; init; }

    /// <summary>By the word that a label's sequences start with: the headings of terms after a separator.</summary>
    public required IReadOnlyList<string> LaterTerms { get; init; }

    /// <summary>Whether values read from a file are possible ones for so many words.</summary>
    internal bool IsSound(int words) =>
        ((IReadOnlyList<string>[])[Next, Qualifiers, Excludes, LaterTerms]).All(table =>
            table.Count == words
            && table.All(row =>
                row.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .All(id => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int word) && word < words)
            )
        );

    /// <summary>Learns the grammar of annotations.</summary>
    /// <param name="vocabulary">The words.</param>
    /// <param name="annotations">By annotation: the word that its sequence starts with, and the words after it, without the end token.</param>
    internal static AnnotationGrammar Learn(DecoderVocabulary vocabulary, IEnumerable<(int Start, int[] Words)> annotations)
    {
        int count = vocabulary.Words.Count,
            separator = vocabulary.IdOf(CaptionText.Separator);
        SortedSet<int>[] Table() => [.. Enumerable.Range(0, count).Select(_ => new SortedSet<int>())];
        SortedSet<int>[] next = Table(),
            qualifiers = Table(),
            together = Table(),
            later = Table();
        var first = new SortedSet<int>();
        foreach (var (start, words) in annotations)
        {
            int before = start,
                heading = start >= vocabulary.FirstPrintable ? start : -1;
            List<int> term = heading < 0 ? [] : [heading];
            if (words.Length > 0)
                first.Add(words[0]);
            foreach (int word in words)
            {
                next[before].Add(word);
                if (word == separator)
                {
                    (heading, term) = (-1, []);
                }
                else
                {
                    if (heading < 0)
                    {
                        heading = word;
                        if (before == separator)
                            later[start].Add(word);
                    }
                    else
                        qualifiers[heading].Add(word);
                    foreach (int other in term)
                    {
                        together[other].Add(word);
                        together[word].Add(other);
                    }

                    term.Add(word);
                }

                before = word;
            }
        }

        // A label that no training row has may go on as any other does.
        next[ReservedWords.UnknownId].UnionWith(first);
        later[ReservedWords.UnknownId].UnionWith(later.SelectMany(row => row));
        for (int word = 0; word < count; word++)
        {
            bool isPattern = word > ReservedWords.UnknownId && word < vocabulary.FirstPrintable;
            if (word != separator && !(isPattern && next[word].Count > 0))
                next[word].Add(ReservedWords.EndId);
        }

        IEnumerable<int> Excluded(int word) =>
            Enumerable
                .Range(vocabulary.FirstPrintable, count - vocabulary.FirstPrintable)
                .Where(other => other != separator && !together[word].Contains(other) && (other == word || AreRivals(word, other)));
        bool AreRivals(int word, int other) =>
            Are(AnnotationLexicon.Sides.Contains, word, other) || Are(AnnotationLexicon.Severities.Contains, word, other);
        bool Are(Func<string, bool> kind, int word, int other) => kind(vocabulary.Words[word]) && kind(vocabulary.Words[other]);
        return new AnnotationGrammar
        {
            Next = Texts(next),
            Qualifiers = Texts(qualifiers),
            Excludes = Texts(
                [.. Enumerable.Range(0, count).Select(word => word < vocabulary.FirstPrintable || word == separator ? [] : Excluded(word))]
            ),
            LaterTerms = Texts(later),
        };
    }

    private static string[] Texts(IReadOnlyList<IEnumerable<int>> table) => [.. table.Select(row => string.Join(' ', row))];
}

/// <summary>
/// A grammar as tables of what is barred, [words, words] row-major, for searches here and in graphs. While a search writes, each open sequence keeps
/// the words that its present term bars: those that its heading does not take, and those that exclude one written before.
/// </summary>
internal sealed class GrammarTables
{
    private readonly int _words;

    /// <param name="grammar">The grammar.</param>
    /// <param name="vocabulary">Its words.</param>
    internal GrammarTables(AnnotationGrammar grammar, DecoderVocabulary vocabulary)
    {
        _words = vocabulary.Words.Count;
        Separator = vocabulary.IdOf(CaptionText.Separator);
        Opens = [.. Enumerable.Range(0, _words).Select(word => word < vocabulary.FirstPrintable || word == Separator)];
        bool[][] heads = Rows(grammar.Qualifiers);
        AfterWord = [.. Rows(grammar.Next).SelectMany(allowed => allowed.Select(one => !one))];
        Excluded = [.. Rows(grammar.Excludes).SelectMany(row => row)];
        AfterHeading = [.. heads.SelectMany((qualifiers, word) => BarredBy(word, qualifiers))];
        bool[][] later = Rows(grammar.LaterTerms);
        AtLaterTerm = [.. later.SelectMany(allowed => allowed.Select(one => !one))];
        HasLaterTerms = [.. later.Select(allowed => allowed.Contains(true))];
    }

    /// <summary>The id of the separator.</summary>
    internal int Separator { get; }

    /// <summary>Whether the word after it is a heading: the separator, and the words that start sequences of labels without a heading.</summary>
    internal bool[] Opens { get; }

    /// <summary>By the word before: what may not follow it.</summary>
    internal bool[] AfterWord { get; }

    /// <summary>By a word of the present term: what may not be in a term with it.</summary>
    internal bool[] Excluded { get; }

    /// <summary>By heading: what its term bars from the beginning.</summary>
    internal bool[] AfterHeading { get; }

    /// <summary>By the word that a sequence starts with: what may not begin a later term.</summary>
    internal bool[] AtLaterTerm { get; }

    /// <summary>By the word that a sequence starts with: whether there may be a later term.</summary>
    internal bool[] HasLaterTerms { get; }

    /// <summary>The state of sequences that begin.</summary>
    internal GrammarState Begin(IReadOnlyList<int> starts) => new(this, starts);

    /// <summary>What a heading bars: what excludes it, and, if it begins terms, all but its qualifiers and what ends a term.</summary>
    private IEnumerable<bool> BarredBy(int heading, bool[] qualifiers)
    {
        bool restricts = qualifiers.Contains(true);
        return qualifiers.Select(
            (takes, other) =>
                Excluded[(heading * _words) + other] || (restricts && !takes && other != ReservedWords.EndId && other != Separator)
        );
    }

    internal ReadOnlySpan<bool> Row(bool[] table, int word) => table.AsSpan(word * _words, _words);

    private bool[][] Rows(IReadOnlyList<string> table) =>
        [
            .. table.Select(row =>
            {
                var set = new bool[_words];
                foreach (string id in row.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    set[int.Parse(id, CultureInfo.InvariantCulture)] = true;
                return set;
            }),
        ];
}

/// <summary>What the open sequences of a search may go on with.</summary>
internal sealed class GrammarState
{
    private readonly GrammarTables _tables;
    private int[] _starts;
    private int[] _last;
    private bool[][] _barred;

    internal GrammarState(GrammarTables tables, IReadOnlyList<int> starts)
    {
        _tables = tables;
        _starts = [.. starts];
        _last = [.. starts];
        _barred =
        [
            .. starts.Select(start => tables.Opens[start] ? new bool[tables.Opens.Length] : tables.Row(tables.AfterHeading, start).ToArray()),
        ];
    }

    /// <summary>What is added to the logits, row-major [sequences, words]: 0, or minus infinity for a word that may not follow.</summary>
    internal float[] Mask()
    {
        int words = _tables.Opens.Length;
        var mask = new float[_last.Length * words];
        for (int row = 0; row < _last.Length; row++)
        {
            ReadOnlySpan<bool> after = _tables.Row(_tables.AfterWord, _last[row]);
            for (int word = 0; word < words; word++)
            {
                if (after[word] || _barred[row][word] || (word == _tables.Separator && !_tables.HasLaterTerms[_starts[row]]))
                    mask[(row * words) + word] = float.NegativeInfinity;
            }
        }

        return mask;
    }

    /// <summary>Advances by the words that were written.</summary>
    /// <param name="parents">The sequence that each of the next continues.</param>
    /// <param name="words">The word that continues it.</param>
    internal void Advance(int[] parents, int[] words)
    {
        _barred = [.. parents.Select((parent, i) => Barred(parent, words[i]))];
        _starts = [.. parents.Select(parent => _starts[parent])];
        _last = [.. words];
    }

    private bool[] Barred(int parent, int word)
    {
        if (word == _tables.Separator)
            return _tables.Row(_tables.AtLaterTerm, _starts[parent]).ToArray();
        if (_tables.Opens[_last[parent]])
            return _tables.Row(_tables.AfterHeading, word).ToArray();
        bool[] barred = [.. _barred[parent]];
        ReadOnlySpan<bool> excluded = _tables.Row(_tables.Excluded, word);
        for (int other = 0; other < barred.Length; other++)
            barred[other] |= excluded[other];
        return barred;
    }
}
