namespace CxrAnnotate;

/// <summary>
/// The parts of a whole report by their headings. A heading is a known word or phrase before a colon, or alone in a line of capitals: at the
/// beginning of a line in any case, within a line with a capital letter; one wrong letter does not matter. A heading that is not known, such as
/// <c>LUNGS:</c>, belongs to the text of the part that it stands in.
/// </summary>
/// <remarks>
/// What stands under indication, history, technique, comparison, wet read, recommendation and notification is no finding. A paragraph without a
/// heading behind one of these parts is read as findings if the report has no heading for them, and a last paragraph that only says who was told is
/// left out. An addendum belongs to the findings.
/// </remarks>
/// <example><code>
/// ReportParts parts = ReportParts.Split("INDICATION: Effusion?\nFINDINGS: Clear lungs.\nIMPRESSION: No acute disease.");
/// Console.WriteLine(parts.Findings); // Clear lungs.
/// </code></example>
public sealed record ReportParts
{
    /// <summary>The findings; the whole report if it has no headings.</summary>
    public required string Findings { get; init; }

    /// <summary>The impression; empty if the report has no heading for it.</summary>
    public required string Impression { get; init; }

    /// <summary>The indication and the history; empty if there is none.</summary>
    public required string Indication { get; init; }

    /// <summary>What is compared with; empty if there is none.</summary>
    public required string Comparison { get; init; }

    /// <summary>Splits a report.</summary>
    /// <param name="report">The text of the report; may be empty.</param>
    public static ReportParts Split(string report)
    {
        ArgumentNullException.ThrowIfNull(report);
        List<(TextSpan Span, ReportPart Part)> outline = ReportOutline.Of(report);
        return new ReportParts
        {
            Findings = Text(ReportPart.Findings),
            Impression = Text(ReportPart.Impression),
            Indication = Text(ReportPart.Indication),
            Comparison = Text(ReportPart.Comparison),
        };

        string Text(ReportPart part) =>
            string.Join("\n\n", outline.Where(one => one.Part == part).Select(one => report[one.Span.Start..one.Span.Stop].Trim()));
    }
}
