using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Estimates the disk space of a training before it begins.</summary>
internal static class CascadeSize
{
    /// <summary>Typical numbers of large data sets; they have little influence.</summary>
    private const int Labels = 100,
        Words = 1000;

    /// <summary>The copies of a network's weights in a checkpoint: current, two moments, average, best.</summary>
    private const int CopiesInCheckpoint = 5;

    /// <summary>Bytes of the saved cascade: every iteration, and the chosen one also as ONNX.</summary>
    internal static long OfModel(RecurrentCascadeOptions options) => (options.Iterations + 1) * OfIteration(options).Sum;

    /// <summary>The peak size of a training's checkpoints in bytes: those that are kept, and the one being written.</summary>
    internal static long OfCheckpoints(RecurrentCascadeOptions options)
    {
        if (options.Checkpoints is not { } checkpoints)
            return 0;
        var (largest, sum) = OfIteration(options);
        return (checkpoints.Keep + 1) * ((CopiesInCheckpoint * largest) + (options.Iterations * sum));
    }

    private static (long Largest, long Sum) OfIteration(RecurrentCascadeOptions options)
    {
        NativeRuntime.EnsureLoaded();
        ClassifyDiseaseOptions image = options.Classifier;
        DecodeContextOptions text = options.Decoder;
        using ImageNetwork network = ImageNetwork.Create(
            image.Architecture,
            image.Architecture.ChannelsOr(image.Channels),
            Labels,
            image.BatchNormalization,
            image.Dropout
        );
        using var decoder = new RecurrentDecoder(text.Cell, Words, text.HiddenSize, text.Layers, network.EmbeddingSize);
        long first = Bytes(network),
            second = Bytes(decoder);
        return (Math.Max(first, second), first + second);
    }

    private static long Bytes(nn.Module module)
    {
        using var _ = NewDisposeScope();
        return module.state_dict().Values.Sum(tensor => tensor.numel() * tensor.element_size());
    }
}
