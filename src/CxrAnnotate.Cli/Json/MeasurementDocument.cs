using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>A measurement as JSON: every figure by the name of its metric (docs/schemas/evaluate.schema.json).</summary>
internal static class MeasurementDocument
{
    /// <summary>The properties that follow format and version.</summary>
    /// <param name="measured">The measurement.</param>
    /// <param name="notes">Caveats.</param>
    /// <param name="about">The run and data that were measured: the first properties.</param>
    internal static JsonObject Of(CascadeMeasurement measured, IReadOnlyList<string> notes, JsonObject about)
    {
        JsonObject document = about;
        bool several = measured.IsMultiLabel;
        AnnotationReport chosen = measured.Reports[measured.Chosen - 1];
        document.Add("task", several ? "multiLabel" : "singleLabel");
        document.Add("images", measured.Images);
        document.Add("studies", measured.Studies);
        document.Add("chosenIteration", measured.Chosen);
        document.Add("intervals", Intervals(chosen.Resamples, chosen.Seed, chosen.IntervalGroupColumn));
        document.Add(
            "iterations",
            Array(
                measured.Reports.Select(
                    (report, i) =>
                        new JsonObject
                        {
                            ["iteration"] = i + 1,
                            ["all"] = Part(report.Whole, several),
                            ["abnormal"] = Part(report.Abnormal, several),
                            ["groups"] = Array(report.Groups.Select(group => Group(report, group.Group, group.Whole, group.Abnormal))),
                        }
                )
            )
        );
        document.Add(
            "baselines",
            Array(
                chosen.Baselines.Select(baseline => new JsonObject
                {
                    ["name"] = baseline.Name,
                    ["all"] = Part(baseline.Whole, several),
                    ["abnormal"] = Part(baseline.Abnormal, several),
                    ["groups"] = Array(
                        chosen.Groups.SelectMany(group =>
                            group
                                .Baselines.Where(own => own.Name == baseline.Name)
                                .Select(own => Group(chosen, group.Group, own.Whole, own.Abnormal))
                        )
                    ),
                })
            )
        );
        document.Add(
            "lastMinusFirst",
            measured.Comparison is { } compared ? Parts(compared.Whole, compared.Abnormal, several) : null
        );
        document.Add("control", measured.Control is { } beside ? Parts(beside.Report.Whole, beside.Report.Abnormal, several) : null);
        document.Add(
            "lastMinusControl",
            measured.Control is { } control ? Parts(control.Difference.Whole, control.Difference.Abnormal, several) : null
        );
        document.Add("notes", CxrJson.Value(notes));
        return document;
    }

    /// <summary>The figures of all images and of the abnormal ones.</summary>
    /// <param name="all">Of all images.</param>
    /// <param name="abnormal">Of the abnormal ones.</param>
    /// <param name="several">Whether the task is multi-label.</param>
    /// <param name="about">The properties that come first.</param>
    internal static JsonObject Parts(AnnotationFigures all, AnnotationFigures abnormal, bool several, JsonObject? about = null)
    {
        JsonObject parts = about ?? [];
        parts.Add("all", Part(all, several));
        parts.Add("abnormal", Part(abnormal, several));
        return parts;
    }

    internal static JsonObject Intervals(int resamples, int seed, string? column) =>
        new()
        {
            ["resamples"] = resamples,
            ["seed"] = seed,
            ["column"] = Header(column),
        };

    private static JsonObject Group(AnnotationReport report, string value, AnnotationFigures all, AnnotationFigures abnormal) =>
        new()
        {
            ["column"] = Header(report.GroupColumn),
            ["value"] = value,
            ["all"] = Part(all, report.IsMultiLabel),
            ["abnormal"] = Part(abnormal, report.IsMultiLabel),
        };

    /// <summary>The name that tables use for a column of a view.</summary>
    private static string? Header(string? column) =>
        column switch
        {
            nameof(RadiographRecord.StudyId) => "study",
            nameof(RadiographRecord.PatientId) => "patient",
            nameof(RadiographRecord.Source) => "source",
            nameof(RadiographRecord.View) => "view",
            _ => column,
        };

    private static JsonObject Part(AnnotationFigures figures, bool several) =>
        new()
        {
            ["images"] = figures.Cases,
            ["labelledImages"] = figures.LabelledCases,
            ["annotatedImages"] = figures.AnnotatedCases,
            ["distinctReadCount"] = figures.DistinctEmitted,
            ["distinctTrueCount"] = figures.DistinctTrue,
            ["figures"] = Figures(figures.Metrics.Select(figure => (figure.Key, figure.Value))),
            ["slots"] = Array(
                figures.Slots.Select(slot => new JsonObject
                {
                    ["slot"] = slot.Slot,
                    ["images"] = slot.Cases,
                    ["rankedImages"] = slot.RankedCases,
                    ["figures"] = Figures([("accuracy", slot.Accuracy), ("auroc", slot.Auroc)]),
                })
            ),
            ["sets"] = Array(
                figures.Sets.Select(set => new JsonObject
                {
                    ["level"] = CamelCase(set.Level),
                    ["trueCount"] = set.TrueElements,
                    ["readCount"] = set.EmittedElements,
                    ["figures"] = Figures([("precision", set.Precision), ("recall", set.Recall), ("f1", set.F1)]),
                })
            ),
            ["labels"] = Array(
                figures.Labels.Select(label => new JsonObject
                {
                    ["label"] = label.Label,
                    ["images"] = label.Support,
                    ["unknownImages"] = several ? label.Unknown : null,
                    ["predictedImages"] = label.Predicted,
                    ["figures"] = Figures([
                        ("precision", label.Precision),
                        ("recall", label.Recall),
                        ("f1", label.F1),
                        ("auroc", label.Auroc),
                        ("auprc", label.Auprc),
                    ]),
                })
            ),
            ["confusionMatrix"] = several ? null : CxrJson.Value(figures.ConfusionMatrix),
        };

    /// <summary>Figures by the names of their metrics.</summary>
    internal static JsonObject Figures(IEnumerable<(string Metric, Estimate Figure)> figures) =>
        new(figures.Select(figure => KeyValuePair.Create(figure.Metric, CxrJson.Value(figure.Figure))));

    internal static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);

    private static string CamelCase(string words) =>
        string.Concat(words.Split(' ').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
