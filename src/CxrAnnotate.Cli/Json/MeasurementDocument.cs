using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>A measurement for machines: every figure by the name of its metric (docs/schemas/evaluate.schema.json).</summary>
internal static class MeasurementDocument
{
    /// <summary>The properties that follow format and version.</summary>
    /// <param name="measured">The measurement.</param>
    /// <param name="notes">What to know before believing it.</param>
    /// <param name="about">What was measured on what: the first properties.</param>
    internal static JsonObject Of(CascadeMeasurement measured, IReadOnlyList<string> notes, JsonObject about)
    {
        JsonObject document = about;
        document.Add("task", measured.Findings is null ? "singleLabel" : "multiLabel");
        document.Add("images", measured.Images);
        document.Add("studies", measured.Studies);
        document.Add("chosenIteration", measured.Chosen);
        if (measured.Findings is { } findings)
        {
            FindingsReport chosen = findings[measured.Chosen - 1];
            document.Add("intervals", Intervals(chosen.Resamples, chosen.Seed, chosen.IntervalGroupColumn));
            document.Add(
                "iterations",
                Array(
                    findings.Select(
                        (report, i) =>
                            new JsonObject
                            {
                                ["iteration"] = i + 1,
                                ["all"] = Part(report.Whole),
                                ["abnormal"] = null,
                                ["groups"] = new JsonArray(),
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
                        ["all"] = Part(baseline.Figures),
                        ["abnormal"] = null,
                        ["groups"] = new JsonArray(),
                    })
                )
            );
            document.Add(
                "lastMinusFirst",
                measured.FindingsComparison is { } compared ? new JsonObject { ["all"] = Part(compared.Whole), ["abnormal"] = null } : null
            );
        }
        else
        {
            AnnotationReport chosen = measured.Reports[measured.Chosen - 1];
            document.Add("intervals", Intervals(chosen.Resamples, chosen.Seed, chosen.IntervalGroupColumn));
            document.Add(
                "iterations",
                Array(
                    measured.Reports.Select(
                        (report, i) =>
                            new JsonObject
                            {
                                ["iteration"] = i + 1,
                                ["all"] = Part(report.Whole),
                                ["abnormal"] = Part(report.Abnormal),
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
                        ["all"] = Part(baseline.Whole),
                        ["abnormal"] = Part(baseline.Abnormal),
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
                measured.Comparison is { } compared ? new JsonObject { ["all"] = Part(compared.Whole), ["abnormal"] = Part(compared.Abnormal) } : null
            );
        }
        document.Add("notes", CxrJson.Value(notes));
        return document;
    }

    private static JsonObject Intervals(int resamples, int seed, string? column) =>
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
            ["all"] = Part(all),
            ["abnormal"] = Part(abnormal),
        };

    /// <summary>The name of a column of a view as tables have it.</summary>
    private static string? Header(string? column) =>
        column switch
        {
            nameof(RadiographRecord.StudyId) => "study",
            nameof(RadiographRecord.PatientId) => "patient",
            nameof(RadiographRecord.Source) => "source",
            nameof(RadiographRecord.View) => "view",
            _ => column,
        };

    private static JsonObject Part(AnnotationFigures figures) =>
        new()
        {
            ["images"] = figures.Cases,
            ["labelledImages"] = figures.LabelledCases,
            ["annotatedImages"] = figures.AnnotatedCases,
            ["distinctReadCount"] = figures.DistinctEmitted,
            ["distinctTrueCount"] = figures.DistinctTrue,
            ["figures"] = Figures([
                ("accuracy", figures.Accuracy),
                ("majorityAccuracy", figures.MajorityAccuracy),
                ("balancedAccuracy", figures.BalancedAccuracy),
                ("macroF1", figures.MacroF1),
                ("kappa", figures.Kappa),
                ("brier", figures.Brier),
                ("macroAuroc", figures.MacroAuroc),
                ("macroAuprc", figures.MacroAuprc),
                ("abnormalAuroc", figures.AbnormalAuroc),
                .. figures.Bleu.Select((bleu, n) => ($"bleu{n + 1}", bleu)),
                .. figures.NgramPrecision.Select((precision, n) => ($"ngramPrecision{n + 1}", precision)),
                ("rougeL", figures.RougeL),
                ("cider", figures.Cider),
                ("exactMatch", figures.ExactMatch),
                .. Registered(figures.Metrics),
            ]),
            ["slots"] = Array(
                figures.Slots.Select(slot => new JsonObject
                {
                    ["slot"] = slot.Slot,
                    ["images"] = slot.Cases,
                    ["rankedImages"] = slot.RankedCases,
                    ["figures"] = Figures([("accuracy", slot.Accuracy), ("auroc", slot.Auroc)]),
                })
            ),
            ["sets"] = new JsonArray(),
            ["labels"] = Array(
                figures.Labels.Select(label =>
                    Label(label.Label, label.Support, null, label.Predicted, label.Precision, label.Recall, label.F1, label.Auroc, label.Auprc)
                )
            ),
            ["confusionMatrix"] = CxrJson.Value(figures.ConfusionMatrix),
        };

    private static JsonObject Part(FindingsFigures figures) =>
        new()
        {
            ["images"] = figures.Cases,
            ["labelledImages"] = null,
            ["annotatedImages"] = figures.AnnotatedCases,
            ["distinctReadCount"] = null,
            ["distinctTrueCount"] = null,
            ["figures"] = Figures([
                ("macroF1", figures.MacroF1),
                ("macroAuroc", figures.MacroAuroc),
                ("macroAuprc", figures.MacroAuprc),
                ("microPrecision", figures.MicroPrecision),
                ("microRecall", figures.MicroRecall),
                ("microF1", figures.MicroF1),
                ("microAuroc", figures.MicroAuroc),
                ("microAuprc", figures.MicroAuprc),
                ("allFindingsRight", figures.AllFindingsRight),
                ("exactMatch", figures.ExactSets),
                .. Registered(figures.Metrics),
            ]),
            ["slots"] = new JsonArray(),
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
                figures.Labels.Select(label =>
                    Label(
                        label.Label,
                        label.Support,
                        label.Unknown,
                        label.Predicted,
                        label.Precision,
                        label.Recall,
                        label.F1,
                        label.Auroc,
                        label.Auprc
                    )
                )
            ),
            ["confusionMatrix"] = null,
        };

    private static JsonObject Label(
        string label,
        int images,
        int? unknown,
        int predicted,
        Estimate precision,
        Estimate recall,
        Estimate f1,
        Estimate auroc,
        Estimate auprc
    ) =>
        new()
        {
            ["label"] = label,
            ["images"] = images,
            ["unknownImages"] = unknown,
            ["predictedImages"] = predicted,
            ["figures"] = Figures([("precision", precision), ("recall", recall), ("f1", f1), ("auroc", auroc), ("auprc", auprc)]),
        };

    private static IEnumerable<(string Metric, Estimate Figure)> Registered(IReadOnlyDictionary<string, Estimate> figures) =>
        figures.Select(figure => (figure.Key, figure.Value));

    /// <summary>Figures by the names of their metrics.</summary>
    internal static JsonObject Figures(IEnumerable<(string Metric, Estimate Figure)> figures) =>
        new(figures.Select(figure => KeyValuePair.Create(figure.Metric, CxrJson.Value(figure.Figure))));

    private static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);

    private static string CamelCase(string words) =>
        string.Concat(words.Split(' ').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
