using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>What is told of a tensor's bytes; the memory is the tensor's own and is valid only during the call.</summary>
internal delegate void BytesReader(ReadOnlySpan<byte> bytes);

/// <summary>What fills a tensor's bytes; the memory is the tensor's own and is valid only during the call.</summary>
internal delegate void BytesWriter(Span<byte> bytes);

/// <summary>
/// Numbers out of tensors. TorchSharp's own members (<c>ToSingle</c>, <c>bytes</c>, <c>data</c>) read from a temporary object, or from memory of the
/// tensor, that the garbage collector may free during the reading. Here the tensor, and what is made of it on the way, outlive it (docs/adr/0009).
/// </summary>
internal static class TensorValues
{
#pragma warning disable RS0030 // What the others may not use.
    /// <summary>The value of a tensor of one number, of any type and on any device.</summary>
    internal static double Number(this Tensor tensor)
    {
        using Scalar held = tensor.ToScalar();
        double value = held.ToDouble();
        GC.KeepAlive(tensor);
        return value;
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

    /// <summary>Shows a tensor's bytes in its own type, row-major, without copying where the tensor lies so on the CPU.</summary>
    internal static void Read(this Tensor tensor, BytesReader reader)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor host = tensor.detach().cpu().contiguous();
        reader(host.bytes);
        GC.KeepAlive(host);
        GC.KeepAlive(tensor);
    }

    /// <summary>Has the bytes of a contiguous tensor on the CPU filled, in its own type.</summary>
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
