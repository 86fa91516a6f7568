using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>The settings of <c>cxr evaluate</c>.</summary>
/// <param name="Run">The folder of a trained run.</param>
/// <param name="Data">The annotation table.</param>
/// <param name="By">The column for each of whose values to compute figures, too; null: none is given.</param>
/// <param name="Split">The rows to use: test, val, train or all; null: test if the table has such rows, otherwise all.</param>
/// <param name="WantsCases">Whether to include the individual images in the report.</param>
internal sealed record EvaluateSettings(string Run, string Data, string? By, string? Split, bool WantsCases)
{
    /// <summary>How the table is read.</summary>
    internal TableSettings Table { get; init; } = new();

    /// <summary>How image files are read.</summary>
    internal ReadingSettings Reading { get; init; } = new();

    internal ComputeSettings Compute { get; init; } = new();

    /// <summary>A file with the key of the run's identifiers; null if none is given.</summary>
    internal string? IdentifierKey { get; init; }

    /// <summary>Whether the page names and links the image files; otherwise images are numbered and embedded.</summary>
    internal bool WithNames { get; init; }
}

/// <summary>The evaluation of a run.</summary>
/// <param name="Images">The number of images used.</param>
/// <param name="Studies">The number of their studies.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Cases">The individual images, if requested.</param>
/// <param name="Notes">Caveats about the figures.</param>
internal sealed record EvaluationReport(
    int Images,
    int Studies,
    IReadOnlyList<ResultTable> Tables,
    IReadOnlyList<GalleryCase> Cases,
    IReadOnlyList<string> Notes
)
{
    /// <summary>The figures for a page that may be published: without the names of sources.</summary>
    internal IReadOnlyList<ResultTable>? PageTables { get; init; }

    /// <summary>All figures of all iterations as JSON.</summary>
    internal required JsonObject Document { get; init; }
}
