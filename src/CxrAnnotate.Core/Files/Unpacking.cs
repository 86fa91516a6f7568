namespace CxrAnnotate;

/// <summary>How much compressed files may hold. Tables, reports and models shrink to a tenth at best; a file of zeros to a thousandth.</summary>
internal static class Unpacking
{
    private const long Always = 64L << 20,
        Ratio = 100;

    /// <summary>The most bytes that are unpacked of so many: a hundred times as many, and 64 MiB.</summary>
    internal static long Most(long packed) => Always + (Ratio * packed);
}
