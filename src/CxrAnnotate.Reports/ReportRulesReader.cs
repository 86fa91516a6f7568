using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// Reads rules of report mining from their text form, which <c>docs/reports.md</c> describes: blocks in square brackets, one phrase per line, options
/// as <c>name = value</c>, comments after <c>#</c> and a blank. Files are read one after the other into the same rules, so that a user's file adds to
/// those of the library; a line <c>- phrase</c> removes a phrase.
/// </summary>
internal sealed class ReportRulesReader
{
    /// <summary>The newest supported version of the file format.</summary>
    internal const int Format = 1;

    private const string Resource = "reports.rules";
    private const int MostSequences = 2_000_000;

    private readonly ReportVocabulary _vocabulary = new();
    private readonly PhraseAutomaton _automaton = new();
    private readonly Dictionary<string, List<List<PhrasePart>>> _words = new(StringComparer.Ordinal);
    private readonly List<ReportFinding?> _findings = [null];
    private readonly Dictionary<string, int> _findingIds = new(StringComparer.Ordinal);
    private readonly List<ReportModifier?> _modifiers = [null];
    private readonly Dictionary<(ReportModifierKind, string), int> _modifierIds = [];
    private readonly ReportCue[] _cues = Enum.GetValues<ReportCue>();
    private readonly List<(string Place, Action Check)> _references = [];
    private string _version = "";
    private int _phrases;
    private int _sequences;
    private Action<string, bool>? _addPhrase;
    private ReportFinding? _finding;
    private ReportModifier? _modifier;

    private ReportRulesReader() { }

    /// <summary>Reads the rules of the library, or a file that replaces them, and then additional files.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is not text, or a line of it cannot be parsed; the message names file and line.</exception>
    internal static ReportRules Read(string? file, IReadOnlyList<string> more)
    {
        ReportRulesReader reader = new();
        if (file is null)
            reader.Read(DefaultText(), Resource);
        else
            reader.Read(TextFile.Read(file, out _), file);
        foreach (string other in more)
            reader.Read(TextFile.Read(other, out _), other);
        return reader.Build(more.Count > 0 ? more[^1] : file ?? Resource);
    }

    /// <summary>Reads rules from text only; <paramref name="name"/> stands for the file in messages.</summary>
    internal static ReportRules Parse(string text, string name, bool onTopOfDefault = false)
    {
        ReportRulesReader reader = new();
        if (onTopOfDefault)
            reader.Read(DefaultText(), Resource);
        reader.Read(text, name);
        return reader.Build(name);
    }

    /// <summary>The rules of the library as text.</summary>
    internal static string DefaultText()
    {
        using Stream stream = typeof(ReportRulesReader).Assembly.GetManifestResourceStream(Resource)!;
        using StreamReader text = new(stream);
        return text.ReadToEnd();
    }

    private ReportRules Build(string name)
    {
        foreach ((string place, Action check) in _references)
            Located(place, check);
        if (_findingIds.Count == 0)
            throw new InvalidDataException(ErrorCode.RulesUnreadable.Message($"'{name}' has no block [finding ...], so it finds nothing."));
        return new ReportRules(_version, _vocabulary, _automaton, [.. _findings], _cues, [.. _modifiers], _phrases);
    }

    private void Read(string text, string name)
    {
        _addPhrase = null;
        _finding = null;
        _modifier = null;
        bool isHeaded = false;
        int number = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            string line = WithoutComment(raw).Trim().ToString();
            if (line.Length == 0)
                continue;
            string place = string.Create(CultureInfo.InvariantCulture, $"'{name}', line {number}");
            Located(
                place,
                () =>
                {
                    if (!isHeaded)
                        Head(line);
                    else if (line[0] == '[')
                        Block(line);
                    else if (line.Contains('=', StringComparison.Ordinal))
                        Option(line, place);
                    else if (_addPhrase is null)
                        throw new FormatException(
                            ErrorCode.RulesUnreadable.Message($"'{line}' is outside a block; begin one, for example [finding Nodule].")
                        );
                    else if (line.StartsWith("- ", StringComparison.Ordinal))
                        _addPhrase(line[2..].Trim(), false);
                    else
                        _addPhrase(line, true);
                }
            );
            isHeaded = true;
        }
        if (!isHeaded)
            throw new InvalidDataException(
                ErrorCode.RulesUnreadable.Message($"'{name}' is empty. The first line of a rules file is 'report-rules {Format}'.")
            );
    }

    private static void Located(string place, Action action)
    {
        try
        {
            action();
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(ErrorCode.RulesUnreadable.Message($"{place}: {e.Message}"), e);
        }
    }

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> line)
    {
        // '#' by itself stands for a number in a phrase.
        if (line.TrimStart().StartsWith("# ") || line.Trim() is "#")
            return "";
        int at = line.IndexOf("  # ");
        return at < 0 ? line : line[..at];
    }

    private static void Head(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is not ["report-rules", _] || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int format))
            throw new FormatException(
                ErrorCode.RulesUnreadable.Message($"the first line of a rules file is 'report-rules {Format}', not '{Shorten(line)}'.")
            );
        if (format > Format)
            throw new FormatException(
                ErrorCode.RulesTooNew.Message($"rules of format {format} need a newer version of this library, which reads format {Format}.")
            );
    }

    private void Block(string line)
    {
        if (line[^1] != ']')
            throw new FormatException(ErrorCode.RulesUnreadable.Message($"the block '{Shorten(line)}' is not closed by ']'."));
        string[] parts = line[1..^1].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string kind = parts.Length > 0 ? parts[0] : "",
            name = parts.Length > 1 ? parts[1] : "";
        _finding = null;
        _modifier = null;
        _addPhrase = (kind, name) switch
        {
            ("version", _) => (phrase, _) => _version = phrase,
            ("words", { Length: > 0 }) => Words(name),
            ("abbreviations", "") => Class(ReportWordClass.Abbreviation),
            ("links", "") => Class(ReportWordClass.Link),
            ("breaks", "") => Class(ReportWordClass.Break),
            ("verbs", "") => Class(ReportWordClass.Verb),
            ("determiners", "") => Class(ReportWordClass.Determiner),
            ("assertions", "") => Class(ReportWordClass.Assertion),
            ("continuations", "") => Class(ReportWordClass.Continuation),
            ("fillers", "") => Class(ReportWordClass.Filler),
            ("negation", "before") => Cue(ReportCue.NegationBefore),
            ("negation", "after") => Cue(ReportCue.NegationAfter),
            ("negation", "after one") => Cue(ReportCue.NegationAfterOne),
            ("uncertainty", "before") => Cue(ReportCue.UncertaintyBefore),
            ("uncertainty", "after") => Cue(ReportCue.UncertaintyAfter),
            ("uncertainty", "before one") => Cue(ReportCue.UncertaintyBeforeOne),
            ("uncertainty", "after one") => Cue(ReportCue.UncertaintyAfterOne),
            ("unrelated", "before") => Cue(ReportCue.UnrelatedBefore),
            ("unrelated", "after") => Cue(ReportCue.UnrelatedAfter),
            ("scope", "end") => Cue(ReportCue.ScopeEnd),
            ("no", "cue") => Cue(ReportCue.NoCue),
            ("normality", "") => Statement(ChestStatements.Normal),
            ("abnormality", "") => Statement(ChestStatements.Abnormal),
            ("place", { Length: > 0 }) => Modifier(ReportModifierKind.Place, name),
            ("side", { Length: > 0 }) => Modifier(ReportModifierKind.Side, name),
            ("kind", { Length: > 0 }) => Modifier(ReportModifierKind.Kind, name),
            ("degree", { Length: > 0 }) => Modifier(ReportModifierKind.Degree, name),
            ("no", "place") => (phrase, adds) => Phrase(phrase, PhraseLayer.Modifier, 0, adds),
            ("no", "finding") => (phrase, adds) => Phrase(phrase, PhraseLayer.Finding, 0, adds),
            ("finding", { Length: > 0 }) => Finding(name),
            ("denial", { Length: > 0 }) => Denial(name),
            _ => throw new FormatException(
                ErrorCode.RulesUnreadable.Message(
                    $"there is no block '{Shorten(line)}'. Blocks are [version], [words NAME], [abbreviations], [links], [breaks], [verbs], "
                        + "[determiners], [assertions], [continuations], [fillers], [negation before], [negation after], [negation after one], "
                        + "[uncertainty before], [uncertainty after], [uncertainty before one], [uncertainty after one], [unrelated before], "
                        + "[unrelated after], [scope end], [no cue], [normality], [abnormality], [place P], [side S], [kind K], [degree D], "
                        + "[no place], [no finding], [finding F] and [denial F]."
                )
            ),
        };
    }

    private Action<string, bool> Words(string name)
    {
        _words.TryAdd(name, []);
        return (phrase, adds) =>
        {
            List<string[]> sequences = [.. PhrasePattern.Expand(PhrasePattern.Parse(phrase, _words, out _))];
            if (adds)
                _words[name].AddRange(sequences.Select(sequence => sequence.Select(word => new PhrasePart(word, [])).ToList()));
            else
                _words[name].RemoveAll(one => sequences.Exists(other => other.SequenceEqual(one.Select(part => part.Word))));
        };
    }

    private Action<string, bool> Class(ReportWordClass kind) =>
        (word, adds) =>
        {
            if (adds)
                _vocabulary.Add(Single(word), kind);
            else
                _vocabulary.Remove(Single(word), kind);
        };

    private Action<string, bool> Statement(ChestStatements statement) =>
        (phrase, adds) => Phrase(phrase, PhraseLayer.Statement, (int)statement, adds);

    private Action<string, bool> Cue(ReportCue cue) => (phrase, adds) => Phrase(phrase, PhraseLayer.Cue, (int)cue, adds);

    private Action<string, bool> Modifier(ReportModifierKind kind, string name)
    {
        string[] qualifiers = Qualifiers(name);
        if (!_modifierIds.TryGetValue((kind, name), out int id))
        {
            _modifierIds.Add((kind, name), id = _modifiers.Count);
            _modifiers.Add(new ReportModifier(kind, qualifiers));
        }
        _modifier = _modifiers[id];
        return (phrase, adds) => Phrase(phrase, PhraseLayer.Modifier, id, adds);
    }

    private Action<string, bool> Finding(string name)
    {
        int id = FindingId(name);
        _finding = _findings[id];
        return (phrase, adds) => Phrase(phrase, PhraseLayer.Finding, id, adds);
    }

    /// <summary>Phrases that deny a finding without naming it have the negative of its number.</summary>
    private Action<string, bool> Denial(string name)
    {
        int id = FindingId(name);
        return (phrase, adds) => Phrase(phrase, PhraseLayer.Finding, -id, adds);
    }

    private int FindingId(string name)
    {
        string whole = string.Join('/', Qualifiers(name));
        if (!_findingIds.TryGetValue(whole, out int id))
        {
            _findingIds.Add(whole, id = _findings.Count);
            _findings.Add(new ReportFinding(whole));
        }
        return id;
    }

    private void Option(string line, string place)
    {
        string[] parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
        if (_modifier is { Kind: ReportModifierKind.Place } modifier && parts[0] == "gives way to")
        {
            modifier.GivesWayTo = Qualifiers(parts[1]);
            return;
        }
        ReportFinding finding =
            _finding
            ?? throw new FormatException(ErrorCode.RulesUnreadable.Message($"the option '{Shorten(line)}' is outside a block [finding ...]."));
        string[] values = parts[1].Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (parts[0])
        {
            case "takes":
                finding.Takes =
                [
                    .. values.Select(value =>
                        Enum.TryParse(value, ignoreCase: true, out ReportModifierKind kind) && !int.TryParse(value, out _)
                            ? kind
                            : throw new FormatException(
                                ErrorCode.RulesUnreadable.Message($"a finding takes place, side, kind and degree, not '{Shorten(value)}'.")
                            )
                    ),
                ];
                break;
            case "without":
                finding.WithoutPlaces.UnionWith(values);
                break;
            case "writes":
                foreach (string value in values)
                {
                    string[] ends = value.Split("->", 2, StringSplitOptions.TrimEntries);
                    if (ends.Length < 2 || ends[0].Length == 0)
                        throw new FormatException(
                            ErrorCode.RulesUnreadable.Message($"'{Shorten(value)}' is not a pair of places: write 'base -> lung/base'.")
                        );
                    finding.PlacesAs[ends[0]] = ends[1].Length == 0 ? [] : Qualifiers(ends[1]);
                }
                break;
            case "gives way to":
                finding.GivesWayTo.UnionWith(values);
                Refer(values, place, "give way to");
                break;
            case "yields words to":
                finding.YieldsWordsTo.UnionWith(values);
                Refer(values, place, "yield words to");
                break;
            default:
                throw new FormatException(
                    ErrorCode.RulesUnreadable.Message(
                        $"there is no option '{Shorten(parts[0])}'. Options of a finding are takes, without, writes, gives way to and yields "
                            + "words to."
                    )
                );
        }
    }

    /// <summary>The findings must exist once all files are read.</summary>
    private void Refer(string[] findings, string place, string what)
    {
        foreach (string finding in findings)
        {
            _references.Add(
                (
                    place,
                    () =>
                    {
                        if (!_findingIds.ContainsKey(finding))
                            throw new FormatException(ErrorCode.RulesUnreadable.Message($"there is no block [finding {finding}] to {what}."));
                    }
            )
            );
        }
    }

    private void Phrase(string phrase, PhraseLayer layer, int meaning, bool adds)
    {
        List<PhrasePart> parts = PhrasePattern.Parse(phrase, _words, out int count);
        if (adds && (_sequences += count) > MostSequences)
            throw new FormatException(
                ErrorCode.RulesUnreadable.Message(
                    $"the phrases together stand for more than {MostSequences} sequences of words; use fewer alternatives."
                )
            );
        if (adds)
            _automaton.Add(parts, _vocabulary, layer, meaning);
        else if (!_automaton.Remove(parts, _vocabulary, layer, meaning))
            throw new FormatException(
                ErrorCode.RulesUnreadable.Message($"the phrase '{Shorten(phrase)}' is not in this block, so it cannot be removed.")
            );
        _phrases += adds ? 1 : -1;
    }

    private static string Single(string word) =>
        word.All(char.IsLetterOrDigit) || ReportVocabulary.IsSign(word)
            ? word.ToLowerInvariant()
            : throw new FormatException(ErrorCode.RulesUnreadable.Message($"'{Shorten(word)}' is not a single word."));

    private static string[] Qualifiers(string name)
    {
        string[] parts = name.Split('/', StringSplitOptions.TrimEntries);
        return parts.Any(part => part.Length == 0 || part.Contains('|', StringComparison.Ordinal))
            ? throw new FormatException(
                ErrorCode.RulesUnreadable.Message($"'{Shorten(name)}' is not a heading with qualifiers: write Heading/qualifier/qualifier.")
            )
            : parts;
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 60), "...");
}
