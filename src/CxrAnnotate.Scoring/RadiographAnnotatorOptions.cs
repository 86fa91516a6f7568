namespace CxrAnnotate;

/// <summary>Options of <see cref="RadiographAnnotator"/>.</summary>
public sealed record RadiographAnnotatorOptions
{
    /// <value>The number of images that are read and computed together when many are annotated, at least 1. The default value is 8.</value>
    public int BatchSize { get; init; } = 8;

    /// <value>The number of threads that compute one batch; 0: one per core. The default value is 0.</value>
    public int Threads { get; init; }

    /// <value>The maximum number of annotations that a reading lists besides the best one; the model's beam may hold fewer. The default value is
    /// 4.</value>
    public int Alternatives { get; init; } = 4;

    /// <value>
    /// Whether to read DICOM images of modalities other than radiography even if the model was trained without them. The default value is false: they
    /// are read only if the model was trained with such images.
    /// </value>
    public bool AcceptAnyModality { get; init; }

    /// <value>
    /// How to explain every reading (<see cref="RadiographReading.HeatMaps"/>), at the cost of one computation for each cell of the maps. The default
    /// value is null: readings are not explained.
    /// </value>
    public ExplanationOptions? Explanation { get; init; }

    /// <value>
    /// Whether to refuse DICOM files that do not keep to the standard (<see cref="DicomOptions.Strict"/>) even if the model was trained without that.
    /// The default value is false: they are read with a warning unless the model was trained strictly.
    /// </value>
    public bool Strict { get; init; }

    /// <value>
    /// The coverage of <see cref="RadiographReading.FindingSet"/>: the probability with which the set holds the true label, above 0 and below 1.
    /// Thresholds are stored for 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975 and 0.99; of others the next higher one is used. The default value
    /// is 0.9.
    /// </value>
    public double Coverage { get; init; } = 0.9;

    /// <summary>How long to wait for a cancelled asynchronous source before it is abandoned.</summary>
    internal TimeSpan SourcePatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(Alternatives);
        Explanation?.Check();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Coverage);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Coverage, 1);
    }
}
