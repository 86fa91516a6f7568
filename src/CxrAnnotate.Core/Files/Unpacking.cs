namespace CxrAnnotate;

/// <summary>Limits the size of decompressed data. Tables, reports and models compress to a tenth at best; a file of zeros to a thousandth.</summary>
internal static class Unpacking
{
    private const long Always = 64L << 20,
        Ratio = 100;

    /// <summary>The maximum decompressed size of a file: 100 times its size plus 64 MiB.</summary>
    internal static long Most(long packed) => Always + (Ratio * packed);
}
