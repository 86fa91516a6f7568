using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>What <c>cxr evaluate</c> was asked for.</summary>
/// <param name="Run">The folder of a trained run.</param>
/// <param name="Data">The annotation table.</param>
/// <param name="By">The column within whose values the figures are wanted too, or null.</param>
/// <param name="Split">The rows to use: test, val, train or all; null is test where the table has such rows, else all.</param>
/// <param name="WantsCases">Whether single images are wanted in the report.</param>
internal sealed record EvaluateSettings(string Run, string Data, string? By, string? Split, bool WantsCases)
{
    /// <summary>How the table is read.</summary>
    internal TableSettings Table { get; init; } = new();

    /// <summary>How image files are read.</summary>
    internal ReadingSettings Reading { get; init; } = new();

    internal ComputeSettings Compute { get; init; } = new();

    /// <summary>A file with the key of the run's identifiers; null where it was trained without one.</summary>
    internal string? IdentifierKey { get; init; }

    /// <summary>Whether the page names and links the files of the images; else it numbers them and holds them.</summary>
    internal bool WithNames { get; init; }
}

/// <summary>How well a run annotates.</summary>
/// <param name="Images">How many images were used.</param>
/// <param name="Studies">Of how many studies they are.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Cases">Single images, where they were wanted.</param>
/// <param name="Notes">What to know before believing the figures.</param>
internal sealed record EvaluationReport(
    int Images,
    int Studies,
    IReadOnlyList<ResultTable> Tables,
    IReadOnlyList<GalleryCase> Cases,
    IReadOnlyList<string> Notes
)
{
    /// <summary>The figures for a page, which may be handed on: without the names of sources.</summary>
    internal IReadOnlyList<ResultTable>? PageTables { get; init; }

    /// <summary>All figures of all iterations, for machines.</summary>
    internal required JsonObject Document { get; init; }
}
