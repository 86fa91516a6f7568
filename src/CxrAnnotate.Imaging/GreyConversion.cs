using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CxrAnnotate;

/// <summary>
/// Converts stored samples to grey in [0, 1]: grey unchanged, colour by the luma of the paper's colour space (.299 R + .587 G + .114 B), alpha
/// dropped.
/// </summary>
internal static class GreyConversion
{
    private static readonly float[] _of8Bits = [.. Enumerable.Range(0, 256).Select(sample => sample / 255f)];

    internal static void Convert(ReadOnlySpan<byte> samples, int bands, Span<float> grey)
    {
        if (bands < 3)
        {
            for (int i = 0; i < grey.Length; i++)
                grey[i] = _of8Bits[samples[i * bands]];
            return;
        }

        for (int i = 0, at = 0; i < grey.Length; i++, at += bands)
            grey[i] = Luma.Of(samples[at], samples[at + 1], samples[at + 2], byte.MaxValue);
    }

    internal static void Convert16(ReadOnlySpan<byte> content, int bands, Span<float> grey)
    {
        ReadOnlySpan<ushort> samples = MemoryMarshal.Cast<byte, ushort>(content);
        if (bands < 3)
        {
            int i = 0;
            if (bands == 1)
            {
                // The quotients are bit-identical to those of the loop below.
                Vector128<float> full = Vector128.Create(65535f);
                ref ushort sample = ref MemoryMarshal.GetReference(samples);
                ref float value = ref MemoryMarshal.GetReference(grey);
                for (; i + Vector128<ushort>.Count <= grey.Length; i += Vector128<ushort>.Count)
                {
                    (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(Vector128.LoadUnsafe(ref sample, (nuint)i));
                    (Vector128.ConvertToSingle(lower.AsInt32()) / full).StoreUnsafe(ref value, (nuint)i);
                    (Vector128.ConvertToSingle(upper.AsInt32()) / full).StoreUnsafe(ref value, (nuint)(i + Vector128<float>.Count));
                }
            }

            for (; i < grey.Length; i++)
                grey[i] = samples[i * bands] / 65535f;
            return;
        }

        for (int i = 0, at = 0; i < grey.Length; i++, at += bands)
            grey[i] = Luma.Of(samples[at], samples[at + 1], samples[at + 2], ushort.MaxValue);
    }

    /// <summary>Stored numbers of any range.</summary>
    internal static void ConvertUnscaled(ReadOnlySpan<byte> content, int bands, Span<float> grey)
    {
        ReadOnlySpan<float> samples = MemoryMarshal.Cast<byte, float>(content);
        for (int i = 0, at = 0; i < grey.Length; i++, at += bands)
            grey[i] = bands < 3 ? samples[at] : Luma.Of(samples[at], samples[at + 1], samples[at + 2]);
    }
}
