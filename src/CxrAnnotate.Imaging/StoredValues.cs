using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CxrAnnotate;

/// <summary>Statistics of stored values, by which decoders can be compared.</summary>
internal sealed class StoredValues : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[1 << 16];
    private double _sum;
    private long _count;

    internal int Min { get; private set; } = int.MaxValue;

    internal int Max { get; private set; } = int.MinValue;

    internal double Mean => _sum / _count;

    /// <summary>Adds the next values, row-major, with the samples of a pixel interleaved, frame after frame.</summary>
    internal void Add(ReadOnlySpan<int> values)
    {
        long sum = 0;
        int min = Min,
            max = Max;
        foreach (int value in values)
            (sum, min, max) = (sum + value, Math.Min(min, value), Math.Max(max, value));
        (_sum, _count, Min, Max) = (_sum + sum, _count + values.Length, min, max);
        while (values.Length > 0)
        {
            int count = Math.Min(values.Length, _buffer.Length / sizeof(int));
            for (int i = 0; i < count; i++)
                BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(i * sizeof(int)), values[i]);
            _hash.AppendData(_buffer, 0, count * sizeof(int));
            values = values[count..];
        }
    }

    /// <summary>SHA-256, in lower-case hexadecimal digits, of the values as 32-bit little-endian numbers.</summary>
    internal string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
