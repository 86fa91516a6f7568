using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>The settings of <c>cxr evaluate</c>.</summary>
/// <param name="Run">The folder of a trained run.</param>
/// <param name="Data">The annotation table.</param>
/// <param name="By">The columns for each of whose values to compute figures, too: the first in all tables, all of them on the page.</param>
/// <param name="Split">The rows to use: test, val, train or all; null: test if the table has such rows, otherwise all.</param>
internal sealed record EvaluateSettings(string Run, string Data, IReadOnlyList<string> By, string? Split)
{
    /// <summary>How the table is read.</summary>
    internal TableSettings Table { get; init; } = new();

    /// <summary>How image files are read.</summary>
    internal ReadingSettings Reading { get; init; } = new();

    internal ComputeSettings Compute { get; init; } = new();

    /// <summary>A file with the key of the run's identifiers; null if none is given.</summary>
    internal string? IdentifierKey { get; init; }

    /// <summary>The files of the report; null: none is written.</summary>
    internal ReportFiles? Report { get; init; }

    /// <summary>Whether the report names image files and groups; otherwise they are numbered.</summary>
    internal bool WithNames { get; init; }
}

/// <summary>The evaluation of a run.</summary>
/// <param name="Images">The number of images used.</param>
/// <param name="Studies">The number of their studies.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Notes">Caveats about the figures.</param>
internal sealed record EvaluationReport(
    int Images,
    int Studies,
    IReadOnlyList<ResultTable> Tables,
    IReadOnlyList<string> Notes
)
{
    /// <summary>All figures of all iterations as JSON.</summary>
    internal required JsonObject Document { get; init; }
}
