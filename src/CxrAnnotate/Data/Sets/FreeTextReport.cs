using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>The sections of a plain-text report with headings in capitals (<c>FINDINGS: ...</c>), as hospitals write it.</summary>
/// <param name="Findings">The findings section; the last paragraph if a report has neither findings nor impression.</param>
/// <param name="Impression">The impression section.</param>
/// <param name="Indication">The indication section: why the radiograph was taken.</param>
/// <param name="Comparison">The comparison section: earlier examinations.</param>
internal sealed partial record FreeTextReport(string Findings, string Impression, string Indication, string Comparison)
{
    private static readonly string[] _findings =
    [
        "FINDINGS",
        "FINDING",
        "REPORT",
        "CHEST",
        "FRONTAL AND LATERAL VIEWS OF THE CHEST",
        "PA AND LATERAL VIEWS OF THE CHEST",
    ];
    private static readonly string[] _impression = ["IMPRESSION", "CONCLUSION", "OPINION", "IMPRESSIONS"];
    private static readonly string[] _indication =
    [
        "INDICATION",
        "REASON FOR EXAM",
        "REASON FOR EXAMINATION",
        "HISTORY",
        "CLINICAL HISTORY",
        "CLINICAL INFORMATION",
        "CLINICAL INDICATION",
        "PATIENT HISTORY",
    ];
    private static readonly string[] _comparison = ["COMPARISON", "COMPARISONS", "COMPARISON STUDY", "COMPARED"];

    internal static FreeTextReport Parse(string text)
    {
        List<(string Heading, string Body)> sections = [];
        Match[] headings = [.. Heading().Matches(text).Cast<Match>()];
        for (int i = 0; i < headings.Length; i++)
        {
            int start = headings[i].Index + headings[i].Length;
            sections.Add((Plain(headings[i].Groups[1].Value), Plain(text[start..(i + 1 < headings.Length ? headings[i + 1].Index : text.Length)])));
        }

        string both = Of(["FINDINGS AND IMPRESSION", "FINDINGS/IMPRESSION", "IMPRESSION AND FINDINGS"]);
        string findings = Of(_findings),
            impression = Of(_impression);
        if (findings.Length == 0)
            findings = both;
        if (findings.Length == 0 && impression.Length == 0)
            findings = LastParagraph(text);
        return new FreeTextReport(findings, impression, Of(_indication), Of(_comparison));

        string Of(string[] names) =>
            string.Join(
                ' ',
                sections
                    .Where(section => names.Contains(section.Heading, StringComparer.Ordinal))
                    .Select(section => section.Body)
                    .Where(body => body.Length > 0)
            );
    }

    /// <summary>The last paragraph without headings; empty for an empty report.</summary>
    private static string LastParagraph(string text)
    {
        string last = Paragraphs().Split(text.Trim()).LastOrDefault(part => part.Trim().Length > 0) ?? "";
        Match heading = Heading().Match(last);
        return Plain(heading.Success ? last[(heading.Index + heading.Length)..] : last);
    }

    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // Capitals from the start of a line to a colon; a sentence with a colon has lower-case letters.
    [GeneratedRegex(@"^[ \t]*([A-Z][A-Z ,/&()-]{2,60}):", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\r?\n[ \t]*\r?\n", RegexOptions.CultureInvariant)]
    private static partial Regex Paragraphs();
}
