using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>What a training came to.</summary>
/// <param name="Run">The folder of the run.</param>
/// <param name="Iterations">One summary for each iteration of the cascade.</param>
/// <param name="ChosenIteration">The iteration (from 1) that annotates.</param>
/// <param name="Tables">Figures on the rows held back from training.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Document">All of it for machines.</param>
internal sealed record TrainReport(
    string Run,
    IReadOnlyList<IterationSummary> Iterations,
    int ChosenIteration,
    IReadOnlyList<ResultTable> Tables,
    double Seconds,
    JsonObject Document
)
{
    /// <summary>How many rows were trained on.</summary>
    public int TrainedRows { get; init; }
}

/// <summary>What a cross-validation came to.</summary>
/// <param name="Figures">The file of all figures.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Document">What is in that file.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record CrossValidationReport(string Figures, IReadOnlyList<ResultTable> Tables, JsonObject Document, double Seconds);

/// <summary>One iteration of the cascade.</summary>
/// <param name="Iteration">From 1.</param>
/// <param name="LabelCount">The number of classes of the image network.</param>
/// <param name="ValidationScore">The score by which iterations are compared, higher is better; null without validation rows.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record IterationSummary(int Iteration, int LabelCount, double? ValidationScore, double Seconds);
