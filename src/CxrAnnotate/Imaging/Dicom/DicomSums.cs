using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CxrAnnotate;

/// <summary>A sum by which decoders can be compared.</summary>
internal static class DicomSums
{
    /// <summary>SHA-256, in lower-case hexadecimal digits, of the values as 32-bit little-endian numbers, row-major.</summary>
    internal static string Sha256(ReadOnlySpan<int> values)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        while (values.Length > 0)
        {
            int count = Math.Min(values.Length, buffer.Length / sizeof(int));
            for (int i = 0; i < count; i++)
                BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(i * sizeof(int)), values[i]);
            sum.AppendData(buffer, 0, count * sizeof(int));
            values = values[count..];
        }

        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }
}
