using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The image network as it is trained: with a linear layer that predicts the caption's words from the embedding, or with the heads of a transfer in
/// place of its own.
/// </summary>
internal sealed class SupervisedNetwork : nn.Module
{
    private readonly ImageNetwork network;
    private readonly Linear? words;
    private readonly TransferHeads? heads;

    /// <param name="network">The image network.</param>
    /// <param name="wordCount">The number of words; 0 learns none.</param>
    /// <param name="seed">Seed of the words' layer.</param>
    internal SupervisedNetwork(ImageNetwork network, int wordCount, int seed)
        : base(nameof(SupervisedNetwork))
    {
        this.network = network;
        words = wordCount > 0 ? nn.Linear(network.EmbeddingSize, wordCount) : null;
        if (words is not null)
        {
            using var random = new Generator(unchecked((uint)seed));
            InitialWeights.Uniform(words.weight, words.bias, random);
        }

        RegisterComponents();
    }

    /// <param name="network">The image network.</param>
    /// <param name="heads">The heads.</param>
    internal SupervisedNetwork(ImageNetwork network, TransferHeads heads)
        : base(nameof(SupervisedNetwork))
    {
        this.network = network;
        this.heads = heads;
        RegisterComponents();
    }

    internal (Tensor Logits, Tensor? Words) Forward(Tensor input)
    {
        var (embedding, logits) = network.call(input);
        return heads is null ? (logits, words?.call(embedding)) : heads.call(embedding);
    }

    /// <summary>Gives the network's own last layer the heads' weights.</summary>
    internal void CopyHeads() => heads?.CopyTo(network);

    /// <summary>The network outlives the training; only the other layers are freed. (Disposing this module would free the network, too.)</summary>
    internal void ReleaseHeads()
    {
        words?.Dispose();
        heads?.Dispose();
    }
}
