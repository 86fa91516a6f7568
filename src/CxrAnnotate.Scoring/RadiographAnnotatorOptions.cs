namespace CxrAnnotate;

/// <summary>Options of <see cref="RadiographAnnotator"/>.</summary>
public sealed record RadiographAnnotatorOptions
{
    /// <value>Images read and computed at a time where many are annotated, at least 1. The default value is 8.</value>
    public int BatchSize { get; init; } = 8;

    /// <value>Threads that compute one batch; 0 takes as many as there are cores. The default value is 0.</value>
    public int Threads { get; init; }

    /// <value>The most annotations besides the best one that a reading lists; the model's beam may hold fewer. The default value is 4.</value>
    public int Alternatives { get; init; } = 4;

    /// <value>
    /// Whether DICOM images of other modalities than radiography are read, too, whatever the model was trained with. The default value is false: they
    /// are read where the model was trained with such images.
    /// </value>
    public bool AcceptAnyModality { get; init; }

    /// <summary>How long an asynchronous source that was told to stop is waited for before it is left to end by itself.</summary>
    internal TimeSpan SourcePatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(Alternatives);
    }
}
