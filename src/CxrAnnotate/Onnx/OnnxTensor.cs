using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>A constant tensor of a graph.</summary>
internal sealed class OnnxTensor
{
    private readonly Array _values;

    private OnnxTensor(string name, OnnxType type, Array values, long[] dimensions)
    {
        if (dimensions.Aggregate(1L, (product, d) => product * d) != values.Length)
            throw new ArgumentException(
                ErrorCode.Unexpected.Message(
                    $"The constant '{name}' has {values.Length} values, which do not fill [{string.Join(", ", dimensions)}]."
                ),
                nameof(values)
            );
        (Name, Type, _values, Dimensions) = (name, type, values, dimensions);
    }

    internal string Name { get; }

    internal OnnxType Type { get; }

    internal IReadOnlyList<long> Dimensions { get; }

    /// <summary>The texts of a tensor of texts.</summary>
    internal IReadOnlyList<string> Texts => (string[])_values;

    /// <summary>The values of a numeric tensor, row-major, little endian.</summary>
    internal ReadOnlySpan<byte> Bytes =>
        _values switch
        {
            float[] a => MemoryMarshal.AsBytes(a.AsSpan()),
            double[] a => MemoryMarshal.AsBytes(a.AsSpan()),
            long[] a => MemoryMarshal.AsBytes(a.AsSpan()),
            bool[] a => MemoryMarshal.AsBytes(a.AsSpan()),
            _ => throw new InvalidOperationException(ErrorCode.Unexpected.Message("A tensor of texts has no bytes.")),
        };

    internal static OnnxTensor Of(string name, float[] values, params long[] dimensions) => new(name, OnnxType.Single, values, dimensions);

    internal static OnnxTensor Of(string name, double[] values, params long[] dimensions) => new(name, OnnxType.Double, values, dimensions);

    internal static OnnxTensor Of(string name, long[] values, params long[] dimensions) => new(name, OnnxType.Int64, values, dimensions);

    internal static OnnxTensor Of(string name, bool[] values, params long[] dimensions) => new(name, OnnxType.Boolean, values, dimensions);

    internal static OnnxTensor Of(string name, string[] values, params long[] dimensions) => new(name, OnnxType.Text, values, dimensions);
}
