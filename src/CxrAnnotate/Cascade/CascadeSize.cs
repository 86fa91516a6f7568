using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>How much room a training takes on the disk, before it begins.</summary>
internal static class CascadeSize
{
    /// <summary>As many labels and words as large data sets have; they matter little.</summary>
    private const int Labels = 100,
        Words = 1000;

    /// <summary>The copies of a network's weights in a checkpoint: present, two moments, average, best.</summary>
    private const int CopiesInCheckpoint = 5;

    /// <summary>Bytes of the saved cascade: every iteration, and the chosen one once more as ONNX.</summary>
    internal static long OfModel(RecurrentCascadeOptions options) => (options.Iterations + 1) * OfIteration(options).Sum;

    /// <summary>The most bytes that the checkpoints of a training have at one time: those that are kept, and the one that is being written.</summary>
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
        using ImageNetwork network = ImageNetwork.Create(image.Architecture, image.Channels, Labels, image.BatchNormalization, image.Dropout);
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
