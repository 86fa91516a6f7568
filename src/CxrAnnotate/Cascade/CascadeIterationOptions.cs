namespace CxrAnnotate;

/// <summary>
/// The options of the stages of one iteration of the cascade, including seeds; created by <see cref="RecurrentCascadeOptions.ForIteration"/>. Stages
/// with these options reproduce the results of <see cref="RecurrentCascadeEstimator"/>.
/// </summary>
public sealed record CascadeIterationOptions
{
    /// <value>The image network, trained on the iteration's labels.</value>
    public required ClassifyDiseaseOptions Classifier { get; init; }

    /// <value>The features that the decoder is trained on, with variants of the images.</value>
    public required FeaturizeRadiographsOptions Featurizer { get; init; }

    /// <value>The context decoder.</value>
    public required DecodeContextOptions Decoder { get; init; }

    /// <value>The clustering of context vectors, which gives the labels of the next iteration.</value>
    public required RelabelByContextOptions Relabeling { get; init; }
}
