namespace CxrAnnotate;

/// <summary>
/// The words of a decoder. A sequence starts with the label's own word, as in the paper (section 3.3 of its specification), followed by the caption's
/// words and an end token. A label that is a single heading is the annotation's first word and is printed before the decoded words; a pattern
/// <c>a+b</c> is only a start symbol, followed by the whole caption.
/// </summary>
/// <remarks>
/// Ids: 0 padding, 1 end, 2 the start word of unknown labels, then the patterns, then every printable word (captions' words, headings, the separator
/// of terms), both in ordinal order.
/// </remarks>
internal sealed class DecoderVocabulary
{
    /// <summary>The padding word, id 0.</summary>
    internal const string Padding = "_empty_";

    /// <summary>The end token, id 1.</summary>
    internal const string End = "_end_";

    /// <summary>The start word of labels not seen in training, id 2.</summary>
    internal const string Unknown = "_unknown_";

    private readonly Dictionary<string, int> _ids;
    private readonly HashSet<string> _labels;

    /// <param name="words">All words by id.</param>
    /// <param name="firstPrintable">The first printable id.</param>
    /// <param name="labels">The base labels that started sequences in training.</param>
    /// <param name="displayForms">The written forms of words in the MeSH grammar.</param>
    internal DecoderVocabulary(
        IReadOnlyList<string> words,
        int firstPrintable,
        IEnumerable<string> labels,
        IReadOnlyDictionary<string, string> displayForms
    )
    {
        Words = words;
        FirstPrintable = firstPrintable;
        DisplayForms = displayForms;
        _labels = new HashSet<string>(labels, StringComparer.Ordinal);
        _ids = new Dictionary<string, int>(words.Count, StringComparer.Ordinal);
        for (int id = 0; id < words.Count; id++)
            _ids.Add(words[id], id);
    }

    /// <summary>All words by id.</summary>
    internal IReadOnlyList<string> Words { get; }

    /// <summary>The first printable id; all ids from here on are printable.</summary>
    internal int FirstPrintable { get; }

    /// <summary>The base labels that started sequences in training, in ordinal order.</summary>
    internal IEnumerable<string> Labels => _labels.Order(StringComparer.Ordinal);

    /// <summary>The written forms of words in the MeSH grammar.</summary>
    internal IReadOnlyDictionary<string, string> DisplayForms { get; }

    /// <summary>The ids of the words whose probability of occurring is reported: all printable ones except the separator.</summary>
    internal int[] Reported => [.. Enumerable.Range(FirstPrintable, Words.Count - FirstPrintable).Where(id => Words[id] != CaptionText.Separator)];

    /// <summary>Collects the words of training rows.</summary>
    internal static DecoderVocabulary Build(
        IEnumerable<string> labels,
        IEnumerable<IReadOnlyList<string>> captions,
        IReadOnlyDictionary<string, string>? displayForms = null
    )
    {
        string[] started = [.. labels.Select(BaseLabels.NameOf).Distinct(StringComparer.Ordinal)];
        string[] reserved = [Padding, End, Unknown];
        var printable = new SortedSet<string>(captions.SelectMany(c => c), StringComparer.Ordinal) { CaptionText.Separator };
        printable.UnionWith(started.Where(BaseLabels.IsHeading));
        printable.ExceptWith(reserved);
        var patterns = new SortedSet<string>(started.Where(l => !BaseLabels.IsHeading(l)), StringComparer.Ordinal);
        patterns.ExceptWith(printable);
        return new DecoderVocabulary(
            [.. reserved, .. patterns, .. printable],
            reserved.Length + patterns.Count,
            started,
            displayForms ?? new Dictionary<string, string>()
        );
    }

    /// <summary>The space-separated words of a caption, without padding.</summary>
    internal static string[] Split(ReadOnlySpan<char> caption)
    {
        var words = new List<string>();
        foreach (Range range in caption.Split(' '))
        {
            ReadOnlySpan<char> word = caption[range].Trim();
            if (!word.IsEmpty && !word.SequenceEqual(Padding))
                words.Add(word.ToString());
        }

        return [.. words];
    }

    /// <summary>The id of a word, or -1 if it is out of vocabulary.</summary>
    internal int IdOf(string word) => _ids.GetValueOrDefault(word, -1);

    /// <summary>The id of the word that a label's sequences start with.</summary>
    internal int StartOf(string label) => BaseLabels.NameOf(label) is var name && _labels.Contains(name) ? _ids[name] : ReservedWords.UnknownId;

    /// <summary>The ids to decode after the label's start word, without the end token and out-of-vocabulary words.</summary>
    internal int[] Targets(string label, IReadOnlyList<string> caption)
    {
        string name = BaseLabels.NameOf(label);
        int skip = caption.Count > 0 && BaseLabels.IsHeading(name) && caption[0] == name ? 1 : 0;
        return [.. caption.Skip(skip).Select(IdOf).Where(id => id >= FirstPrintable)];
    }

    /// <summary>The annotation's words: the label if it is a heading, then the decoded words.</summary>
    internal string[] Tokens(string label, ReadOnlySpan<int> words)
    {
        var tokens = new List<string>(words.Length + 1);
        string name = BaseLabels.NameOf(label);
        if (BaseLabels.IsHeading(name))
            tokens.Add(name);
        foreach (int word in words)
            tokens.Add(Words[word]);
        return [.. tokens];
    }
}
