using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// The checksum of a model: its last entry of metadata, <c>cxrannotate.sha256</c>, is the SHA-256 of all bytes before it. Other programs ignore it;
/// this library refuses a model with a wrong checksum.
/// </summary>
internal static class OnnxChecksum
{
    private const int Digits = 64;
    private static readonly byte[] _before = Entry();

    /// <summary>Appends the checksum to a model.</summary>
    internal static byte[] Append(byte[] model) =>
        [.. model, .. _before, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(model)))];

    /// <summary>Whether the checksum of the model is correct.</summary>
    internal static bool Fits(ReadOnlySpan<byte> model)
    {
        int length = model.Length - _before.Length - Digits;
        return length > 0
            && model[length..].StartsWith(_before)
            && model[^Digits..].SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(model[..length]))));
    }

    /// <summary>Whether a model has such a checksum, correct or not.</summary>
    internal static bool IsPresent(ReadOnlySpan<byte> model) => model.IndexOf("cxrannotate.sha256"u8) >= 0;

    /// <summary>The bytes of the entry up to its value: field 14 of the model, a message of two strings.</summary>
    private static byte[] Entry()
    {
        byte[] key = Encoding.ASCII.GetBytes("cxrannotate.sha256");
        return [(14 << 3) | 2, (byte)(2 + key.Length + 2 + Digits), (1 << 3) | 2, (byte)key.Length, .. key, (2 << 3) | 2, Digits];
    }
}
