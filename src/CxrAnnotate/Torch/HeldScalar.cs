using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Arithmetic of tensors and plain numbers. TorchSharp 0.107 wraps every number in an object (<c>a + b</c> hides a 1, <c>square</c> a 2) and passes
/// on only its native handle. If another thread starts a garbage collection during the call, the number is freed while libtorch reads it: the process
/// crashes or computes with another number. Here the number and the tensors outlive the call. Only this type may create such objects (docs/adr/0009).
/// </summary>
internal static class HeldScalar
{
#pragma warning disable RS0030 // Banned everywhere else.
    private static readonly Scalar _one = 1.0.ToScalar();
    private static readonly Scalar _wholeOne = 1L.ToScalar();

    /// <summary>a + b.</summary>
    internal static Tensor Plus(this Tensor a, Tensor b)
    {
        Tensor sum = a.add(b, _one);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        return sum;
    }

    /// <summary>a * factor.</summary>
    internal static Tensor Times(this Tensor a, double factor)
    {
        using Scalar held = factor.ToScalar();
        Tensor product = a.mul(held);
        GC.KeepAlive(a);
        return product;
    }

    /// <summary>a = a * factor.</summary>
    internal static Tensor TimesInPlace(this Tensor a, double factor)
    {
        using Scalar held = factor.ToScalar();
        return a.mul_(held);
    }

    /// <summary>a = a / divisor.</summary>
    internal static Tensor OverInPlace(this Tensor a, double divisor)
    {
        using Scalar held = divisor.ToScalar();
        return a.div_(held);
    }

    /// <summary>a = a + number.</summary>
    internal static Tensor PlusInPlace(this Tensor a, double number)
    {
        using Scalar held = number.ToScalar();
        return a.add_(held, _one);
    }

    /// <summary>a + factor * b.</summary>
    internal static Tensor PlusScaled(this Tensor a, Tensor b, double factor)
    {
        using Scalar held = factor.ToScalar();
        Tensor sum = a.add(b, held);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        return sum;
    }

    /// <summary>a = a + factor * b.</summary>
    internal static Tensor PlusScaledInPlace(this Tensor a, Tensor b, double factor)
    {
        using Scalar held = factor.ToScalar();
        Tensor sum = a.add_(b, held);
        GC.KeepAlive(b);
        return sum;
    }

    /// <summary>a = a + factor * b * c.</summary>
    internal static Tensor PlusProductInPlace(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using Scalar held = factor.ToScalar();
        Tensor sum = a.addcmul_(b, c, held);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        return sum;
    }

    /// <summary>a = a + factor * b / c.</summary>
    internal static Tensor PlusQuotientInPlace(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using Scalar held = factor.ToScalar();
        Tensor sum = a.addcdiv_(b, c, held);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        return sum;
    }

    /// <summary>a = a + 1, for whole numbers.</summary>
    internal static Tensor CountUp(this Tensor a) => a.add_(_wholeOne, _wholeOne);
#pragma warning restore RS0030
}
