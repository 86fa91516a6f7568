using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>Runs that have read the same held-out radiographs, compared by the readings that their folders keep.</summary>
/// <param name="Tables">The figures of each run, and the difference of each to the first.</param>
/// <param name="Notes">Caveats.</param>
/// <param name="Document">All figures as JSON.</param>
internal sealed record RunComparison(IReadOnlyList<ResultTable> Tables, IReadOnlyList<string> Notes, JsonObject Document)
{
    /// <summary>Compares runs.</summary>
    /// <param name="runs">Their folders; the first is the one that the others are compared with.</param>
    /// <param name="context">The context, whose log receives warnings.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="FileNotFoundException">A folder keeps no readings.</exception>
    /// <exception cref="InvalidDataException">A file of a run is damaged.</exception>
    /// <exception cref="InvalidOperationException">Two runs have no case in common, or differ in task or truth.</exception>
    internal static RunComparison Of(IReadOnlyList<string> runs, MLContext context, CancellationToken cancellation)
    {
        EvaluateOptions options = new() { CancellationToken = cancellation };
        RunCases[] read = [.. runs.Select((run, i) => RunCases.Read(run, NameOf(runs, i), context))];
        AnnotationReport[] reports = [.. read.Select(run => run.Cases.Evaluate(options))];
        (RunCases Run, AnnotationComparison Comparison, int Unpaired)[] compared =
        [
            .. read.Skip(1)
                .Select(run =>
                {
                    (AnnotationComparison comparison, int unpaired) = read[0].Cases.Compare(run.Cases, options);
                    return (run, comparison, unpaired);
                }),
        ];
        string[] notes =
        [
            .. compared
                .Where(one => one.Unpaired > 0)
                .Select(one =>
                    $"{Amount.Of(one.Unpaired, "image", "images")} of '{read[0].Name}' and '{one.Run.Name}' are not in both: their difference is of "
                    + "the others."
                ),
            .. read.Where(run => run.HeldOut == "validation")
                .Select(run => $"The epochs and the iteration of '{run.Name}' were chosen by these rows: its figures are too optimistic."),
            .. read.Where(run => run.IsPhantom).Take(1).Select(_ => "Phantoms are drawn by a program: no evidence about patients."),
        ];
        bool several = read[0].Cases.IsMultiLabel;
        return new RunComparison(
            MeasurementTables.OfRuns(
                [.. read.Zip(reports, (run, report) => (run.Name, report))],
                [.. compared.Select(one => ($"{one.Run.Name} minus {read[0].Name}, on the same images", one.Comparison))]
            ),
            notes,
            new JsonObject
            {
                ["runs"] = MeasurementDocument.Array(
                    read.Zip(
                        reports,
                        (run, report) => MeasurementDocument.Parts(report.Whole, report.Abnormal, several, new JsonObject { ["run"] = run.Folder })
                    )
                ),
                ["differences"] = MeasurementDocument.Array(
                    compared.Select(one =>
                        MeasurementDocument.Parts(
                            one.Comparison.Whole,
                            one.Comparison.Abnormal,
                            several,
                            new JsonObject
                            {
                                ["run"] = one.Run.Folder,
                                ["minus"] = read[0].Folder,
                                ["unpairedImages"] = one.Unpaired,
                            }
                        )
                    )
                ),
                ["task"] = several ? "multiLabel" : "singleLabel",
                ["intervals"] = MeasurementDocument.Intervals(reports[0].Resamples, reports[0].Seed, "patient"),
                ["notes"] = CxrJson.Value(notes),
            }
        );
    }

    /// <summary>The name of the folder, or the whole path where two have the same name.</summary>
    private static string NameOf(IReadOnlyList<string> runs, int i)
    {
        string Name(string run) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run)));
        return runs.Count(run => Name(run) == Name(runs[i])) == 1 ? Name(runs[i]) : runs[i];
    }

    private sealed record RunCases(string Folder, string Name, CaseTable Cases, string? HeldOut, bool IsPhantom)
    {
        internal static RunCases Read(string run, string name, MLContext context)
        {
            string file = RunFolder.Cases(run);
            if (!File.Exists(file) || !File.Exists(RunFolder.Settings(run)))
                throw new FileNotFoundException(
                    ErrorCode.ModelNotFound.Message(
                        $"'{run}' keeps no readings: {Path.GetFileName(file)} or {Path.GetFileName(RunFolder.Settings(run))} is missing. "
                            + "Name runs of 'cxr train' with held-out rows, from this version on."
                    ),
                    file
                );
            try
            {
                JsonNode settings = JsonNode.Parse(File.ReadAllText(RunFolder.Settings(run)))!;
                return new RunCases(
                    run,
                    name,
                    context.ChestXray().LoadCases(file, (string?)settings["task"] == "multiLabel"),
                    (string?)settings["heldOut"],
                    (bool?)settings["phantom"] ?? false
                );
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{RunFolder.Settings(run)}' is damaged: {e.Message}"), e);
            }
        }
    }
}
