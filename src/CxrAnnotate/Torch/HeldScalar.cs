using TorchSharp;

namespace CxrAnnotate;

/// <summary>
/// Numbers that libtorch is given as scalars, kept alive for good. TorchSharp 0.107 makes a scalar of every number it is handed (<c>a + b</c> hides a 1, <c>square</c> a 2) and passes
/// the native handle alone; where another thread starts a garbage collection during the call, the scalar is freed while libtorch reads it: an exception, or silently another number.
/// </summary>
internal static class HeldScalar
{
    internal static readonly Scalar One = 1.0.ToScalar();

    /// <summary>The sum of two tensors, without the scalar that <c>a + b</c> makes.</summary>
    internal static torch.Tensor Plus(this torch.Tensor a, torch.Tensor b) => a.add(b, One);

    /// <summary>The tensor times a number that lives until libtorch is done with it.</summary>
    internal static torch.Tensor Times(this torch.Tensor a, double factor)
    {
        using Scalar held = factor.ToScalar();
        return a.mul(held);
    }
}
