namespace CxrAnnotate;

/// <summary>The truth of the training rows, one entry per row: all that the trivial baselines use.</summary>
internal sealed record TrainingCases
{
    /// <summary>The label names.</summary>
    internal required string[] Labels { get; init; }

    /// <summary>By row and label: 1 present, 0 absent, NaN unknown.</summary>
    internal required float[][] Truth { get; init; }

    /// <summary>The annotation's tokens; empty: none.</summary>
    internal required string[] Captions { get; init; }

    /// <summary>The group (source) of each row; null: not known.</summary>
    internal string[]? Sources { get; init; }

    /// <summary>The projection of each row; null: not known.</summary>
    internal string[]? Views { get; init; }
}
