namespace CxrAnnotate.Tests;

/// <summary>The properties of a stage that <see cref="StageConformance"/> needs.</summary>
internal sealed record ConformanceOptions
{
    /// <summary>
    /// The maximum difference of a number computed in different ways (batched, row by row, from a cache), relative to max(1, |value|).
    /// </summary>
    public float Tolerance { get; init; } = 1e-5f;

    /// <summary>Columns that Fit requires; null for those that scoring reads.</summary>
    public IReadOnlyList<string>? FitInputs { get; init; }

    /// <summary>Columns that Transform requires; null for the dependencies of the row mapper's outputs.</summary>
    public IReadOnlyList<string>? ScoreInputs { get; init; }

    /// <summary>Whether to fit the stage again in a chain behind a cache, where it must give the same values.</summary>
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
