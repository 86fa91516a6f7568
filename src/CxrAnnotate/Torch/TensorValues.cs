using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Reads a tensor's bytes; the memory is the tensor's own and is valid only during the call.</summary>
internal delegate void BytesReader(ReadOnlySpan<byte> bytes);

/// <summary>Fills a tensor's bytes; the memory is the tensor's own and is valid only during the call.</summary>
internal delegate void BytesWriter(Span<byte> bytes);

/// <summary>
/// Reads numbers from tensors. TorchSharp's own members (<c>ToSingle</c>, <c>bytes</c>, <c>data</c>) read from a temporary object, or from memory of
/// the tensor, that the garbage collector may free meanwhile. Here the tensor and all temporaries outlive the read (docs/adr/0009).
/// </summary>
internal static class TensorValues
{
#pragma warning disable RS0030 // Banned everywhere else.
    /// <summary>The value of a one-element tensor of any type on any device.</summary>
    internal static double Number(this Tensor tensor)
    {
        using Scalar held = tensor.ToScalar();
        double value = held.ToDouble();
        GC.KeepAlive(tensor);
        return value;
    }

    /// <summary>Whether all numbers of a tensor are finite; those of whole numbers always are.</summary>
    internal static bool IsFinite(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().to_type(ScalarType.Float32).Number() == 1;
    }

    /// <summary>A tensor's numbers as single precision, row-major.</summary>
    internal static float[] Floats(this Tensor tensor) => Values<float>(tensor, ScalarType.Float32);

    /// <summary>A tensor's numbers as double precision, row-major.</summary>
    internal static double[] Doubles(this Tensor tensor) => Values<double>(tensor, ScalarType.Float64);

    /// <summary>A copy of a tensor's bytes in its own type, row-major.</summary>
    internal static byte[] Bytes(this Tensor tensor)
    {
        byte[] copy = [];
        tensor.Read(bytes => copy = bytes.ToArray());
        return copy;
    }

    /// <summary>
    /// Passes a tensor's bytes to a reader, in the tensor's type, row-major; without a copy if the tensor is contiguous on the CPU.
    /// </summary>
    internal static void Read(this Tensor tensor, BytesReader reader)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor host = tensor.detach().cpu().contiguous();
        reader(host.bytes);
        GC.KeepAlive(host);
        GC.KeepAlive(tensor);
    }

    /// <summary>Fills the bytes of a contiguous tensor on the CPU, in its own type.</summary>
    internal static void Fill(this Tensor tensor, BytesWriter writer)
    {
        writer(tensor.bytes);
        GC.KeepAlive(tensor);
    }

    private static T[] Values<T>(Tensor tensor, ScalarType type)
        where T : unmanaged
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        T[] values = [];
        tensor.detach().to_type(type).Read(bytes => values = MemoryMarshal.Cast<byte, T>(bytes).ToArray());
        GC.KeepAlive(tensor);
        return values;
    }
#pragma warning restore RS0030
}
