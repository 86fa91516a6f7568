using System.Globalization;
using System.Net;
using System.Text;

namespace CxrAnnotate.Cli;

/// <summary>
/// A page of mined reports: each text with its findings coloured by state, and with cues, places and sides marked; below it the mined annotation
/// beside the reference annotation. Reports are filtered by finding and kind of disagreement. The page is self-contained, follows the light or dark
/// setting, and runs no script.
/// </summary>
internal static class ReviewPage
{
    /// <summary>The maximum number of reports on a page, to keep it usable; those that differ come first.</summary>
    internal const int MostReports = 2000;

    private static readonly string[] KindNames = ["missed", "extra", "place", "side"];

    private static readonly string[] KindTitles = ["Missed", "Too much", "Other place", "Other side"];

    internal static void Write(string file, string source, IReadOnlyList<ReviewedReport> reports)
    {
        string full = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        DurableFile.Write(
            full,
            stream =>
            {
                using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
                Render(writer, source, reports);
            }
        );
    }

    internal static void Render(TextWriter html, string source, IReadOnlyList<ReviewedReport> reports)
    {
        bool judged = reports.Any(report => report.Truth is not null);
        ReviewedReport[] shown = [.. reports.OrderBy(report => report.Differences.Count == 0).Take(MostReports)];
        html.WriteLine("<!doctype html>");
        html.WriteLine("<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.WriteLine(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'\"><meta name=\"color-scheme\" "
                + "content=\"light dark\">"
        );
        html.WriteLine("<title>Mined reports</title>");
        html.WriteLine($"<style>\n{Style()}{Filters()}</style></head><body>");
        int differing = reports.Count(report => report.Differences.Count > 0);
        html.WriteLine(
            $"<header><h1>Mined reports</h1><p class=\"lead\">{Number(reports.Count)} reports from {Text(source)}"
                + $"{(judged ? $"; {Number(differing)} differ from their annotation in a finding, a place or a side" : "")}."
                + $"{(shown.Length < reports.Count ? $" The first {Number(shown.Length)} are shown, those that differ first." : "")}</p>"
        );
        html.WriteLine(
            "<p class=\"legend\"><mark class=\"present\">present</mark> <mark class=\"absent\">absent</mark> <mark "
                + "class=\"uncertain\">uncertain</mark> "
                + "<mark class=\"cue\">negation or doubt</mark> <mark class=\"place\">place</mark> <mark class=\"side\">side</mark> <mark "
                + "class=\"more\">kind, degree</mark></p></header><main>"
        );
        RenderFilters(html, shown, judged);
        foreach (ReviewedReport report in shown)
            Render(html, report);
        html.WriteLine("</main></body></html>");
    }

    private static void RenderFilters(TextWriter html, ReviewedReport[] reports, bool judged)
    {
        if (judged)
        {
            html.WriteLine("<div class=\"filters\" role=\"radiogroup\" aria-label=\"Kind of disagreement\">");
            html.WriteLine(Pill("kind", "k-any", "All", reports.Length, isChecked: true));
            html.WriteLine(Pill("kind", "k-right", "Right", reports.Count(report => report.Truth is not null && report.Differences.Count == 0)));
            for (int kind = 0; kind < KindNames.Length; kind++)
                html.WriteLine(
                    Pill(
                        "kind",
                        $"k-{KindNames[kind]}",
                        KindTitles[kind],
                        reports.Count(report => report.Differences.Any(difference => (int)difference.Kind == kind))
                    )
                );
            html.WriteLine("</div>");
        }
        html.WriteLine("<div class=\"filters\" role=\"radiogroup\" aria-label=\"Finding\">");
        html.WriteLine(Pill("finding", "f-any", "Any finding", reports.Length, isChecked: true));
        for (int i = 0; i < ReviewedReport.Findings.Count; i++)
        {
            if (reports.Count(report => Concerns(report, i)) is > 0 and int count)
                html.WriteLine(Pill("finding", $"f-{i}", ReviewedReport.Findings[i], count));
        }
        html.WriteLine("</div>");
    }

    private static string Pill(string group, string id, string name, int count, bool isChecked = false) =>
        $"<label><input type=\"radio\" name=\"{group}\" id=\"{id}\"{(isChecked ? " checked" : "")}>{Text(name)} <b>{Number(count)}</b></label>";

    /// <summary>Whether the report has the finding, mined or annotated.</summary>
    private static bool Concerns(ReviewedReport report, int finding) =>
        new[] { report.Read, report.Truth }.OfType<MeshAnnotation>().Any(annotation =>
            ReportMiningEvaluation.Has(annotation, ReviewedReport.Findings[finding])
        );

    /// <summary>
    /// The style rules that hide reports by finding, by kind of disagreement, and by both, where the finding must disagree in that way.
    /// </summary>
    private static string Filters()
    {
        StringBuilder rules = new();
        void Hide(string chosen, string shown) =>
            rules.Append(CultureInfo.InvariantCulture, $"main:has({chosen}) .report:not({shown}) {{ display: none; }}\n");
        Hide("#k-right:checked", ".right");
        foreach (string kind in KindNames)
            Hide($"#k-{kind}:checked", $".{kind}");
        for (int i = 0; i < ReviewedReport.Findings.Count; i++)
        {
            Hide($"#f-{i}:checked", $".f{i}");
            foreach (string kind in KindNames)
                Hide($"#f-{i}:checked):has(#k-{kind}:checked", $".f{i}-{kind}");
        }
        return rules.ToString();
    }

    private static void Render(TextWriter html, ReviewedReport report)
    {
        List<string> classes = ["report"];
        if (report.Truth is not null && report.Differences.Count == 0)
            classes.Add("right");
        classes.AddRange(report.Differences.Select(difference => KindNames[(int)difference.Kind]).Distinct());
        int[] findings = [.. Enumerable.Range(0, ReviewedReport.Findings.Count)];
        classes.AddRange(
            from difference in report.Differences
            from i in findings
            where ReviewedReport.Findings[i] == difference.Finding
            select $"f{i}-{KindNames[(int)difference.Kind]}"
        );
        classes.AddRange(findings.Where(i => Concerns(report, i)).Select(i => $"f{i}"));
        html.WriteLine($"<article class=\"{string.Join(' ', classes)}\"><h2>{Text(report.Report.StudyId)}</h2>");
        Section(html, "Findings", report.Report.Findings, report.Mined.Mentions.Where(mention => mention.Section == ReportSections.Findings));
        Section(html, "Impression", report.Report.Impression, report.Mined.Mentions.Where(mention => mention.Section == ReportSections.Impression));
        if (report.Differences.Count > 0)
        {
            html.Write("<ul class=\"differences\">");
            foreach ((string finding, ReportDisagreement kind) in report.Differences)
                html.Write($"<li class=\"{KindNames[(int)kind]}\">{KindTitles[(int)kind]}: {Text(finding)}</li>");
            html.WriteLine("</ul>");
        }
        html.Write($"<dl><dt>Read</dt><dd>{Terms(report.Mined.Terms)}</dd>");
        if (report.Truth is not null)
            html.Write($"<dt>Annotation</dt><dd>{Terms(report.Truth.Terms)}</dd>");
        html.WriteLine("</dl></article>");
    }

    private static void Section(TextWriter html, string name, string text, IEnumerable<FindingMention> mentions)
    {
        if (text.Length == 0)
            return;
        html.Write($"<p class=\"text\"><span class=\"label\">{name}</span>{Marked(text, mentions)}</p>\n");
    }

    private static string Marked(string text, IEnumerable<FindingMention> mentions)
    {
        // The marks of each character. Since marks overlap, each run of equally marked characters becomes one element.
        var marks = new Mark[text.Length];
        void Paint(TextSpan span, Mark mark)
        {
            for (int i = span.Start; i < Math.Min(span.Stop, text.Length); i++)
                marks[i] |= mark;
        }
        foreach (FindingMention mention in mentions)
        {
            Paint(
                mention.Span,
                mention.State switch
                {
                    FindingState.Present => Mark.Present,
                    FindingState.Absent => Mark.Absent,
                    _ => Mark.Uncertain,
                }
            );
            if (mention.Cue is { } cue)
                Paint(cue, Mark.Cue);
            foreach (MentionModifier modifier in mention.Modifiers)
                Paint(
                    modifier.Span,
                    modifier.Kind switch
                    {
                        ReportModifierKind.Place => Mark.Place,
                        ReportModifierKind.Side => Mark.Side,
                        _ => Mark.More,
                    }
                );
        }
        StringBuilder html = new();
        for (int start = 0, end; start < text.Length; start = end)
        {
            for (end = start + 1; end < text.Length && marks[end] == marks[start];)
                end++;
            string run = Text(text[start..end]);
            html.Append(marks[start] == Mark.None ? run : $"<mark class=\"{Classes(marks[start])}\">{run}</mark>");
        }
        return html.ToString();
    }

    private static string Classes(Mark mark) =>
        string.Join(' ', Enum.GetValues<Mark>().Where(one => one != Mark.None && mark.HasFlag(one)).Select(one => one.ToString().ToLowerInvariant()));

    private static string Terms(IReadOnlyList<MeshTerm> terms) =>
        terms.Count == 0
            ? "<span class=\"term\">nothing</span>"
            : string.Concat(
                terms.Select(term =>
                    $"<span class=\"term\"><b>{Text(term.Heading)}</b>{string.Concat(term.Qualifiers.Select(word => $" / {Text(word)}"))}</span>"
                )
            );

    private static string Style()
    {
        using Stream stream = typeof(ReviewPage).Assembly.GetManifestResourceStream("review.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    [Flags]
    private enum Mark
    {
        None = 0,
        Present = 1,
        Absent = 2,
        Uncertain = 4,
        Cue = 8,
        Place = 16,
        Side = 32,
        More = 64,
    }
}
