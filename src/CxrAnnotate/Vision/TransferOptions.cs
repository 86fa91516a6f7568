namespace CxrAnnotate;

/// <summary>What is trained of a network with pretrained weights.</summary>
public enum TransferMode
{
    /// <summary>
    /// Only the heads, on features of a few variants of each image that are computed once. Takes minutes on a CPU.
    /// </summary>
    Frozen,

    /// <summary>
    /// The heads first, as with <see cref="Frozen"/>, then all layers but the first (linear probing, then fine-tuning: Kumar et al., ICLR 2022).
    /// </summary>
    FineTuned,
}

/// <summary>How a network is trained from pretrained weights (<see cref="ClassifyDiseaseOptions.Pretrained"/>).</summary>
public sealed record TransferOptions
{
    /// <value>What is trained. The default value is <see cref="TransferMode.Frozen"/>.</value>
    public TransferMode Mode { get; init; } = TransferMode.Frozen;

    /// <value>
    /// Augmented variants of each training image whose features train the heads, besides the image itself, 0 or more. If images are mirrored
    /// (<see cref="AugmentationOptions.Mirror"/>), the mirrored image is another one, and every other variant is mirrored. Features take 4 bytes for
    /// each number of the embedding and each variant. The default value is 2.
    /// </value>
    public int Views { get; init; } = 2;

    /// <value>
    /// How the heads are fitted to the features, which are standardised and divided by the square root of their number: logistic regression, with
    /// the weight decay as its L2 penalty. The default value is 300 epochs of batches of 64, SGD at 5 with a cosine schedule, weight decay 0.0001, no
    /// clipping.
    /// </value>
    public OptimizationOptions Heads { get; init; } = OptimizationOptions.Regression;

    /// <value>
    /// The part of the network's layers, counted from its input (<see cref="CnnArchitecture.Layers"/>), that fine-tuning leaves unchanged: early
    /// layers see edges and textures, and are the most expensive to train. From 0 to 1. The default value is 0.35.
    /// </value>
    public double FrozenPart { get; init; } = 0.35;

    /// <value>
    /// Factor from the learning rate of a layer to that of the layer before it when fine-tuning; the heads have the full rate. Above 0, up to 1. The
    /// default value is 0.8.
    /// </value>
    public double LayerDecay { get; init; } = 0.8;

    /// <value>
    /// Whether fine-tuning normalises by the batch statistics of the pretrained weights, unchanged, instead of those of its own small mini-batches.
    /// The default value is true.
    /// </value>
    public bool HoldStatistics { get; init; } = true;

    /// <value>
    /// The part of the fine-tuned weights in the result; the rest is the pretrained weights with the fitted heads. The mean of both generalises
    /// better than either where training images are few (Wortsman et al., CVPR 2022). Above 0, up to 1. The default value is 0.7.
    /// </value>
    public double FineTunedPart { get; init; } = 0.7;

    internal void Check()
    {
        OptionChecks.Require(Enum.IsDefined(Mode), nameof(Mode), Mode, "Frozen or FineTuned");
        OptionChecks.Require(Views >= 0, nameof(Views), Views, "0 or more");
        OptionChecks.Require(FrozenPart is >= 0 and <= 1, nameof(FrozenPart), FrozenPart, "from 0 to 1");
        OptionChecks.Require(LayerDecay is > 0 and <= 1, nameof(LayerDecay), LayerDecay, "above 0, up to 1");
        OptionChecks.Require(FineTunedPart is > 0 and <= 1, nameof(FineTunedPart), FineTunedPart, "above 0, up to 1");
        ArgumentNullException.ThrowIfNull(Heads);
        Heads.Check();
    }
}
