namespace CxrAnnotate;

/// <summary>Options of <see cref="FeaturizeRadiographsEstimator"/>.</summary>
public sealed record FeaturizeRadiographsOptions
{
    /// <value>The image column: a known-size vector of <see cref="float"/> in [0, 1] with dimensions [1, H, W] (or [H, W]). The default value is
    /// "Image".</value>
    public string ImageColumnName { get; init; } = "Image";

    /// <value>The output column of the features, a vector of Single. The default value is "Features".</value>
    public string FeaturesColumnName { get; init; } = "Features";

    /// <value>
    /// Weights of the network, unless it is given as a fitted stage: a folder written by <see cref="RecurrentCascadeTransformer.Save"/> (its chosen
    /// iteration), a folder of checkpoints (the newest intact one), or a file of weights (safetensors, PyTorch or ONNX). The default
    /// value is null.
    /// </value>
    public string? Weights { get; init; }

    /// <value>
    /// Weights that name their network themselves, in place of <see cref="Weights"/>: "imagenet" (<see cref="PretrainedWeights"/>), a file that
    /// <see cref="CnnArchitecture.Recognize"/> knows, or a folder as in <see cref="Weights"/>. <see cref="Architecture"/> and <see cref="Channels"/>
    /// are ignored, and <see cref="CropSize"/> 0 is the whole image (its largest square that the network takes). The default value is null.
    /// </value>
    public string? Pretrained { get; init; }

    /// <value>How tensor names in <see cref="Weights"/> map to the network's names: the first rule whose pattern matches the whole name applies; a
    /// name without a rule is kept. The default value is none.</value>
    public IReadOnlyList<WeightName> Names { get; init; } = [];

    /// <value>The network of a file of weights. Folders record their own. The default value is <see cref="CnnArchitecture.ResNet18Slim"/>.</value>
    public CnnArchitecture Architecture { get; init; } = CnnArchitecture.ResNet18Slim;

    /// <value>Height and width of the network's input in pixels, a centre crop of the image, for a file of weights. 0 uses seven eighths of the
    /// image's smaller side. The default value is 0.</value>
    public int CropSize { get; init; }

    /// <value>Input channels of the network of a file of weights: 1 (the image, standardised) or 3 (local contrast, standardised, standardised).
    /// Networks with an input of their own ignore it (<see cref="CnnArchitecture.InputChannels"/>). The default value is 1.</value>
    public int Channels { get; init; } = 1;

    /// <value>Whether Network in Network and GoogLeNet of a file of weights use batch normalisation. The default value is true.</value>
    public bool BatchNormalization { get; init; } = true;

    /// <value>
    /// Number of augmented variants of each image, whose features are written to <see cref="FeatureViewsColumnName"/>, 0 or more: a decoder trained
    /// on them relies less on the features of images that the network has overfitted. Only training reads them; a saved model has no such column. The
    /// default value is 0, no column.
    /// </value>
    public int Views { get; init; }

    /// <value>The output column of the variants' features, a matrix of Single with dimensions [<see cref="Views"/>, features]. The default value is
    /// "FeatureViews".</value>
    public string FeatureViewsColumnName { get; init; } = "FeatureViews";

    /// <value>How the variants differ from the image; they are never mirrored. The default value is <c>new AugmentationOptions()</c>.</value>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <value>Seed of the variants, which also depend on the row's position in the view; null derives one from the context's seed. The default value
    /// is null.</value>
    public int? Seed { get; init; }

    /// <value>Batch size, at least 1; null uses 16 on the CPU and 128 on a GPU. Another number may change the last bits of results. The default value
    /// is null.</value>
    public int? BatchSize { get; init; }

    /// <value>The device of a network loaded from <see cref="Weights"/>. The default value is <see cref="ComputeDevice.Auto"/>.</value>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="ArgumentException">A column name is empty, or both outputs have the same name.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ImageColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(FeaturesColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(FeatureViewsColumnName);
        ArgumentNullException.ThrowIfNull(Augmentation);
        if (FeaturesColumnName == FeatureViewsColumnName)
            throw new ArgumentException(
                ErrorCode.OutputColumnsNotDistinct.Message($"The output columns must have different names, but both are {FeaturesColumnName}."),
                nameof(FeaturesColumnName)
            );
        OptionChecks.Require(Pretrained is null || !string.IsNullOrWhiteSpace(Pretrained), nameof(Pretrained), Pretrained, "a name or path, or null");
        if (Pretrained is not null && Weights is not null)
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message($"{nameof(Pretrained)} and {nameof(Weights)} both name weights; give one of them."),
                nameof(Pretrained)
            );
        OptionChecks.Require(Channels is 1 or 3, nameof(Channels), Channels, "1 or 3");
        OptionChecks.Require(CropSize >= 0, nameof(CropSize), CropSize, "0 or more");
        OptionChecks.Require(Views >= 0, nameof(Views), Views, "0 or more");
        OptionChecks.Require(BatchSize is null or >= 1, nameof(BatchSize), BatchSize, "at least 1, or null");
        Augmentation.Check();
        new FineTuningOptions { Weights = Weights, Names = Names }.Check();
    }
}
