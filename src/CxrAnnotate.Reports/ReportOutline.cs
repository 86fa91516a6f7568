using System.Collections.Frozen;

namespace CxrAnnotate;

/// <summary>A part of a report.</summary>
internal enum ReportPart
{
    Findings,
    Impression,
    Indication,
    Comparison,

    /// <summary>Nothing that is seen in the image: technique, recommendation, who was told.</summary>
    Other,
}

/// <summary>Finds the parts of a report by their headings, as <see cref="ReportParts"/> describes.</summary>
internal static class ReportOutline
{
    private const int LongestHeading = 48;

    /// <summary>In shorter headings a wrong letter may make another word.</summary>
    private const int ShortestMisspelt = 7;

    private static readonly FrozenDictionary<string, ReportPart> _headings = new (ReportPart Part, string Names)[]
    {
        (ReportPart.Findings, "findings|finding|report|final report|description|observations|addendum|radiographic findings"),
        (
            ReportPart.Impression,
            "impression|impressions|conclusion|conclusions|opinion|summary|assessment|interpretation|diagnosis|final impression|impression and plan"
        ),
        (
            ReportPart.Indication,
            "indication|indications|history|clinical history|clinical information|clinical indication|clinical statement|clinical details|"
                + "clinical data|reason for exam|reason for examination|reason for study|reason for this examination|reason|present illness"
        ),
        (ReportPart.Comparison, "comparison|comparisons|compared to|prior studies|prior study|previous studies|correlation"),
        (
            ReportPart.Other,
            "technique|exam|examination|examinations|procedure|procedures|study|views|view|wet read|wet reading|preliminary read|preliminary report|"
                + "recommendation|recommendations|notification|notifications|critical result|communication|attestation|signed|electronically signed|"
                + "dictated by|date|accession|name|unit no|admitting diagnosis|underlying medical condition|contrast|provider|ordering provider"
        ),
    }
        .SelectMany(one => one.Names.Split('|').Select(name => KeyValuePair.Create(name, one.Part)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, ReportPart>.AlternateLookup<ReadOnlySpan<char>> _lookup =
        _headings.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Words of a paragraph that says who was told of a finding.</summary>
    private static readonly string[] _telling = ["discussed with", "communicated", "notified", "telephone", "by phone", "via phone", "paged"];

    /// <summary>The parts, in the order of the text, without their headings.</summary>
    internal static List<(TextSpan Span, ReportPart Part)> Of(string text)
    {
        List<(int Start, int Stop, ReportPart Part)> headings = Headings(text);
        List<(TextSpan Span, ReportPart Part)> parts = [];
        bool hasFindings = headings.Exists(heading => heading.Part == ReportPart.Findings);
        Add(0, headings.Count > 0 ? headings[0].Start : text.Length, hasFindings && headings.Count > 0 ? ReportPart.Other : ReportPart.Findings);
        for (int i = 0; i < headings.Count; i++)
            Add(headings[i].Stop, i + 1 < headings.Count ? headings[i + 1].Start : text.Length, headings[i].Part);
        DropTelling(text, parts);
        return parts;

        void Add(int start, int stop, ReportPart part)
        {
            if (part is not (ReportPart.Findings or ReportPart.Impression) && !hasFindings && Paragraph(text, start, stop) is var next and > 0)
            {
                Put(start, next, part);
                Put(next, stop, ReportPart.Findings);
            }
            else
                Put(start, stop, part);
        }

        void Put(int start, int stop, ReportPart part)
        {
            if (!text.AsSpan(start, stop - start).IsWhiteSpace())
                parts.Add((new TextSpan(start, stop), part));
        }
    }

    private static List<(int Start, int Stop, ReportPart Part)> Headings(string text)
    {
        List<(int Start, int Stop, ReportPart Part)> headings = [];
        int line = 0;
        while (line < text.Length)
        {
            int end = text.IndexOf('\n', line) is var stop and >= 0 ? stop : text.Length;
            InLine(text, line, end, headings);
            line = end + 1;
        }
        return headings;
    }

    private static void InLine(string text, int line, int end, List<(int Start, int Stop, ReportPart Part)> headings)
    {
        ReadOnlySpan<char> whole = text.AsSpan(line, end - line).Trim();
        if (whole.Length <= LongestHeading && !whole.ContainsAnyInRange('a', 'z') && Part(whole.TrimEnd('.')) is { } alone)
        {
            headings.Add((line, end, alone));
            return;
        }
        int from = line;
        for (int colon = text.IndexOf(':', line, end - line); colon >= 0; colon = text.IndexOf(':', colon + 1, end - colon - 1))
        {
            // Back to the beginning of the line or of the sentence.
            int start = Math.Max(from, colon - LongestHeading);
            int sentence = text.AsSpan(start, colon - start).LastIndexOfAny('.', ';', ')');
            if (sentence >= 0)
                start += sentence + 1;
            ReadOnlySpan<char> name = text.AsSpan(start, colon - start).Trim(" \t\r*#_-");
            bool isFirst = text.AsSpan(line, start - line).IsWhiteSpace();
            if (name.Length > 0 && (isFirst || char.IsUpper(name[0])) && Part(name) is { } part)
                headings.Add((start, colon + 1, part));
            from = colon + 1;
        }
    }

    /// <summary>The part that the heading begins; null if it is not known.</summary>
    private static ReportPart? Part(ReadOnlySpan<char> heading)
    {
        if (heading.Length is 0 or > LongestHeading)
            return null;
        Span<char> name = stackalloc char[LongestHeading];
        int length = 0;
        foreach (char c in heading)
        {
            if (char.IsLetter(c))
                name[length++] = char.ToLowerInvariant(c);
            else if (length > 0 && name[length - 1] != ' ')
                name[length++] = ' ';
        }
        ReadOnlySpan<char> key = name[..length].TrimEnd();
        if (_lookup.TryGetValue(key, out ReportPart part))
            return part;
        foreach ((string known, ReportPart meant) in _headings)
        {
            if (known.Length >= ShortestMisspelt && Spelling.IsSlip(key, known, ending: 1))
                return meant;
        }
        return null;
    }

    /// <summary>The beginning of the first paragraph within the range that follows an empty line; -1 if there is none.</summary>
    private static int Paragraph(string text, int start, int stop)
    {
        bool isEmpty = false;
        for (int at = start; at < stop; at++)
        {
            if (text[at] == '\n')
            {
                // The heading may stand alone above an empty line.
                if (isEmpty && !text.AsSpan(start, at - start).IsWhiteSpace())
                    return at + 1;
                isEmpty = true;
            }
            else if (!char.IsWhiteSpace(text[at]))
                isEmpty = false;
        }
        return -1;
    }

    /// <summary>Leaves out a last paragraph that says who was told.</summary>
    private static void DropTelling(string text, List<(TextSpan Span, ReportPart Part)> parts)
    {
        if (parts.Count == 0)
            return;
        (TextSpan span, ReportPart part) = parts[^1];
        if (!text.AsSpan(span.Start, span.Stop - span.Start).Contains('\n'))
            return;
        int last = -1;
        for (int at = span.Start; Paragraph(text, at, span.Stop) is var next and > 0; at = next)
            last = next;
        if (last < 0 || !Array.Exists(_telling, words => text.AsSpan(last, span.Stop - last).Contains(words, StringComparison.OrdinalIgnoreCase)))
            return;
        parts[^1] = (new TextSpan(span.Start, last), part);
        parts.Add((new TextSpan(last, span.Stop), ReportPart.Other));
    }
}
