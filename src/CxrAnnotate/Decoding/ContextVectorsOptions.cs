namespace CxrAnnotate;

/// <summary>Options of <see cref="ContextVectorsEstimator"/>: the columns.</summary>
public sealed record ContextVectorsOptions
{
    /// <value>The output column. The default value is "ContextVector".</value>
    public string OutputColumnName { get; init; } = "ContextVector";

    /// <value>The column of image features, a vector of Single with the decoder's feature size. The default value is "Features".</value>
    public string FeaturesColumnName { get; init; } = "Features";

    /// <value>
    /// The column of labels: a key with text names for a single-label decoder; for a multi-label one a vector of Single with findings as slot names,
    /// 1 if the finding is present. Use "PredictedLabel" (or "PredictedLabels") for the labels predicted by the image network. The default value is
    /// "Label".
    /// </value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The text column of annotations as tokens. Use "AnnotationTokens" for decoded annotations. The default value is "Caption".</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <exception cref="ArgumentException">A column name is empty.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(FeaturesColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(CaptionColumnName);
    }
}
