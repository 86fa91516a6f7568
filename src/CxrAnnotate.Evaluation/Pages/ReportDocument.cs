using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CxrAnnotate;

/// <summary>
/// An evaluation as a document: a page for people, and the same figures and cases for programs. The page is one HTML file with its images, charts,
/// style and script inside; it loads nothing.
/// </summary>
public sealed class ReportDocument
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new NanAsNullConverter() },
    };

    private readonly AnnotationReport _report;
    private readonly ReportPage _page;
    private readonly PageCases _cases;

    /// <summary>Computes the figures of a document.</summary>
    /// <param name="report">The figures of the cases.</param>
    /// <param name="page">The cases and what is said about them.</param>
    /// <exception cref="ArgumentException">A case has another number of probabilities or groups than the page has labels or columns; or the joint
    /// space or a slice names a case that the page does not have.</exception>
    public ReportDocument(AnnotationReport report, ReportPage page)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(page);
        (_report, _page) = (report, page);
        _cases = new PageCases(page, report.IsMultiLabel);
        if (NamedCases(page).Any(one => one < 0 || one >= page.Cases.Count))
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"The joint space or an error slice names a case beyond the {page.Cases.Count} of the page."),
                nameof(page)
            );
        Figures = ReportFigures.Of(report, page);
    }

    /// <summary>The figures that are computed from the cases.</summary>
    public ReportFigures Figures { get; }

    /// <summary>Writes the page; an existing one is replaced only when the new one is complete.</summary>
    /// <param name="path">The file. Its folder is created.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void WriteHtml(string path)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        DurableFile.Write(
            full,
            stream =>
            {
                using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true)
                {
                    NewLine = "\n",
                };
                WriteHtml(writer);
            }
        );
    }

    /// <summary>All figures as JSON (docs/schemas/report.schema.json): those of the report, and the curves of the page.</summary>
    public string MetricsJson()
    {
        JsonObject document = new()
        {
            ["format"] = "cxr.report",
            ["version"] = 1,
            ["title"] = _page.Title,
            ["lead"] = _page.Lead,
            ["notes"] = JsonSerializer.SerializeToNode(_page.Notes, _json),
            ["task"] = _report.IsMultiLabel ? "multiLabel" : "singleLabel",
            ["images"] = _page.Cases.Count,
            ["labels"] = JsonSerializer.SerializeToNode(_cases.Labels, _json),
            ["resamples"] = _page.Resamples,
            ["seed"] = _page.Seed,
            ["figures"] = JsonSerializer.SerializeToNode(Figures, _json),
            ["trainings"] = JsonSerializer.SerializeToNode(_page.Training, _json),
            ["report"] = JsonNode.Parse(_report.ToJson()),
        };
        return document.ToJsonString(_json);
    }

    /// <summary>The names of the columns of <see cref="CaseRows"/>.</summary>
    public IReadOnlyList<string> CaseHeader =>
        [
            "name",
            "verdict",
            "truth",
            "read",
            "annotation_probability",
            "true_labels",
            "named_labels",
            .. _page.GroupColumns.Select(column => column.ToLowerInvariant()),
            .. _cases.Labels.Select(label => $"probability_{label}"),
        ];

    /// <summary>The cases as a table: a row for each, a text for each of <see cref="CaseHeader"/>.</summary>
    public IEnumerable<IReadOnlyList<string>> CaseRows() =>
        _page.Cases.Select(
            (one, i) =>
                (string[])
                    [
                        one.Name,
                        ReportHtml.Verdict(Compare(one).Verdict),
                        one.Truth,
                        one.Read,
                        Number(one.Probability ?? double.NaN),
                        one.TrueLabels is null ? "" : string.Join('|', one.TrueLabels),
                        string.Join('|', one.NamedLabels),
                        .. one.Groups,
                        .. Enumerable.Range(0, _cases.Labels.Length).Select(k => Number(_cases.Score(i, k))),
                    ]
        );

    internal void WriteHtml(TextWriter html) => new ReportHtml(html, _report, _page, _cases, Figures, [.. _page.Cases.Select(Compare)]).Write();

    private static IEnumerable<int> NamedCases(ReportPage page) =>
        (page.Space is { } space ? space.Points.Select(point => point.Case).Concat(space.Clusters.Select(cluster => cluster.Medoid)) : []).Concat(
            page.Slices?.SelectMany(slice => slice.Cases.Append(slice.Medoid)) ?? []
        );

    private CaseComparison Compare(ReportCase one) =>
        _report.IsMultiLabel
            ? CaseComparison.OfFindings(one.ReadTokens, one.TruthTokens)
            : CaseComparison.OfSlots(one.ReadTokens, one.TruthTokens);

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>Writes reports as pages.</summary>
public static class AnnotationReportPages
{
    /// <summary>Writes an evaluation report as one self-contained HTML file; <see cref="ReportDocument"/> also gives it to programs.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="path">The file; an existing one is replaced only when the new one is complete.</param>
    /// <param name="page">The cases and what is said about them.</param>
    /// <exception cref="ArgumentException">A case has another number of probabilities or groups than the page has labels or columns.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public static void WriteHtml(this AnnotationReport report, string path, ReportPage page) => new ReportDocument(report, page).WriteHtml(path);
}
