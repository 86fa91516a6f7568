namespace CxrAnnotate.Tests;

/// <summary>What <see cref="StageConformance"/> has to know about a stage.</summary>
internal sealed record ConformanceOptions
{
    /// <summary>
    /// The largest difference of a number between ways of computing it (batched, row by row, from a cache), relative to max(1, |value|).
    /// </summary>
    public float Tolerance { get; init; } = 1e-5f;

    /// <summary>Columns that Fit must refuse to do without. Null: those that scoring reads.</summary>
    public IReadOnlyList<string>? FitInputs { get; init; }

    /// <summary>Columns that Transform must refuse to do without. Null: those that the row mapper says its outputs depend on.</summary>
    public IReadOnlyList<string>? ScoreInputs { get; init; }

    /// <summary>Whether the stage is fitted a second time, in a chain behind a cache, where it must give the same values.</summary>
    public bool FitInChain { get; init; } = true;

    /// <summary>What Model.Save writes for the stage.</summary>
    public SavedStage Saved { get; init; }
}

/// <summary>What Model.Save writes for a stage.</summary>
internal enum SavedStage
{
    /// <summary>Stages that compute the same columns.</summary>
    Scores,

    /// <summary>Nothing: the stage is for training.</summary>
    Nothing,

    /// <summary>An error.</summary>
    Refused,
}
