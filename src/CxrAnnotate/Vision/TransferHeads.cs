using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>
/// The heads of labels and words on standardised features, divided by the square root of their number, so that one learning rate and one penalty fit
/// every network. They start from zero: fitting them with an L2 penalty is convex. <see cref="CopyTo"/> gives the network the same head on its
/// own features.
/// </summary>
internal sealed class TransferHeads : Module<Tensor, (Tensor Logits, Tensor? Words)>
{
    private readonly Tensor mean;
    private readonly Tensor scale;
    private readonly Linear labels;
    private readonly Linear? words;

    /// <param name="features">The features to standardise by.</param>
    /// <param name="labelCount">The number of labels.</param>
    /// <param name="wordCount">The number of words; 0 for none.</param>
    internal TransferHeads(FeatureViews features, int labelCount, int wordCount)
        : base(nameof(TransferHeads))
    {
        var (means, scales) = FeatureScale.Of([.. features.Views.SelectMany(view => view.Features)]);
        double length = Math.Sqrt(features.Size);
        mean = tensor(means);
        scale = tensor([.. scales.Select(s => (float)(s / length))]);
        labels = Zero(features.Size, labelCount);
        words = wordCount > 0 ? Zero(features.Size, wordCount) : null;
        RegisterComponents();
    }

    public override (Tensor Logits, Tensor? Words) forward(Tensor embedding)
    {
        Tensor x = embedding.PlusScaled(mean, -1).mul(scale);
        return (labels.call(x), words?.call(x));
    }

    /// <summary>Sets a network's last layer such that its logits are those of the labels here.</summary>
    internal void CopyTo(ImageNetwork network)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        var (weight, bias) = network.LinearHead();
        Tensor own = labels.weight!.mul(scale);
        weight.copy_(own);
        bias.copy_(labels.bias!.PlusScaled(own.matmul(mean), -1));
    }

    private static Linear Zero(int features, int outputs)
    {
        Linear layer = Linear(features, outputs);
        using var _ = no_grad();
        layer.weight!.zero_();
        layer.bias!.zero_();
        return layer;
    }
}
