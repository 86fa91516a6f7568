using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Draws initial weights from the caller's generator, so that concurrent trainings do not affect each other.</summary>
internal static class InitialWeights
{
    /// <summary>Torch's default for every convolution and linear layer inside a module: uniform in ±1/√(fan in), biases too.</summary>
    internal static void Uniform(nn.Module module, Generator random)
    {
        using var _ = NewDisposeScope();
        foreach (nn.Module layer in module.modules())
        {
            if (layer is Conv2d conv)
                Uniform(conv.weight, conv.bias, random);
            else if (layer is Linear linear)
                Uniform(linear.weight, linear.bias, random);
        }
    }

    /// <summary>N(0, deviation²).</summary>
    internal static void Normal(Tensor weight, double deviation, Generator random)
    {
        using var _ = no_grad();
        weight.normal_(0, deviation, random);
    }

    /// <summary>
    /// He normal initialization of a convolution, by its fan-out. The weights are stored channels last: activations then are, too, which makes
    /// training a third faster on a CPU.
    /// </summary>
    internal static void HeFanOut(Conv2d conv, Generator random)
    {
        Parameter weight = conv.weight!;
        Normal(weight, Math.Sqrt(2.0 / (weight.shape[0] * weight.shape[2] * weight.shape[3])), random);
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        weight.set_(weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
    }

    /// <summary>Torch's default for one layer.</summary>
    internal static void Uniform(Tensor weight, Tensor? bias, Generator random)
    {
        using var _ = no_grad();
        long[] shape = weight.shape;
        double range = 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (product, size) => product * size));
        weight.uniform_(-range, range, random);
        bias?.uniform_(-range, range, random);
    }
}
