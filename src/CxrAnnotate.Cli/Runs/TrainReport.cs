using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>The result of a training.</summary>
/// <param name="Run">The folder of the run.</param>
/// <param name="Iterations">One summary for each iteration of the cascade.</param>
/// <param name="ChosenIteration">The iteration (from 1) that annotates.</param>
/// <param name="Tables">Figures on the held-out rows.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="Document">The result as JSON.</param>
internal sealed record TrainReport(
    string Run,
    IReadOnlyList<IterationSummary> Iterations,
    int ChosenIteration,
    IReadOnlyList<ResultTable> Tables,
    double Seconds,
    JsonObject Document
)
{
    /// <summary>The number of training rows.</summary>
    public int TrainedRows { get; init; }
}

/// <summary>The result of a cross-validation.</summary>
/// <param name="Figures">The file of all figures.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Document">The content of that file.</param>
/// <param name="Seconds">Its duration.</param>
internal sealed record CrossValidationReport(string Figures, IReadOnlyList<ResultTable> Tables, JsonObject Document, double Seconds);

/// <summary>One iteration of the cascade.</summary>
/// <param name="Iteration">Its number, from 1.</param>
/// <param name="LabelCount">The number of classes of the image network.</param>
/// <param name="ValidationScore">The score by which iterations are compared, higher is better; null without validation rows.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="Evidence">How sure it is that it is better than the iteration before; null for the first, and without validation rows.</param>
internal sealed record IterationSummary(int Iteration, int LabelCount, double? ValidationScore, double Seconds, IterationEvidence? Evidence = null)
{
    internal JsonObject ToJson() =>
        new()
        {
            ["iteration"] = Iteration,
            ["labelCount"] = LabelCount,
            ["validationScore"] = ValidationScore,
            ["seconds"] = Seconds,
            ["evidence"] = Evidence is not { } evidence
                ? null
                : new JsonObject
                {
                    ["against"] = evidence.Against,
                    ["difference"] = CxrJson.Value(
                        new
                        {
                            value = evidence.Difference,
                            low = evidence.Low,
                            high = evidence.High,
                        }
                    ),
                    ["probabilityBetter"] = evidence.ProbabilityBetter,
                    ["images"] = evidence.Rows,
                    ["patients"] = evidence.Groups,
                    ["resamples"] = evidence.Resamples,
                },
        };
}
