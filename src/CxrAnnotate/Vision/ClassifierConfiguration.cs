namespace CxrAnnotate;

/// <summary>All that is needed, beside the weights, to rebuild an image classifier and to feed it as it was fed in training.</summary>
internal sealed record ClassifierConfiguration
{
    public required CnnArchitecture Architecture { get; init; }

    /// <summary>Label names, in the order of the logits.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Height of the images that the crop is taken from.</summary>
    public required int Height { get; init; }

    /// <summary>Width of the images that the crop is taken from.</summary>
    public required int Width { get; init; }

    /// <summary>Height and width of the network's input.</summary>
    public required int CropSize { get; init; }

    public required int Channels { get; init; }

    public required bool BatchNormalization { get; init; }

    public required double Dropout { get; init; }

    /// <summary>What is added to each label's logit before the softmax: the logarithm of its natural over its drawn frequency.</summary>
    public IReadOnlyList<float>? LogitShift { get; init; }

    /// <summary>Crops that an image is scored by: 1 or 5.</summary>
    public int ScoringCrops { get; init; } = 1;

    internal ImagePreparer Preparer() => new(Height, Width, CropSize, Channels);

    internal ImageNetwork CreateNetwork(int seed = 0) => ImageNetwork.Create(Architecture, Channels, Labels.Count, BatchNormalization, Dropout, seed);
}
