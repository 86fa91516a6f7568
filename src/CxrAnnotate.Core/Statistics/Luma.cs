namespace CxrAnnotate;

/// <summary>The luma of ITU-R BT.601, which converts colours to grey: 0.299 R + 0.587 G + 0.114 B.</summary>
internal static class Luma
{
    private const int RedPerMille = 299,
        GreenPerMille = 587,
        BluePerMille = 114;

    internal const float Red = RedPerMille / 1000f;
    internal const float Green = GreenPerMille / 1000f;
    internal const float Blue = BluePerMille / 1000f;

    /// <summary>The luma of stored values.</summary>
    /// <param name="red">The red value; like the others from 0 to <paramref name="full"/>.</param>
    /// <param name="green">The green value.</param>
    /// <param name="blue">The blue value.</param>
    /// <param name="full">The stored value that corresponds to 1.</param>
    /// <returns>In [0, 1]. Computed in integers up to the division, so that a grey image stored in colour gives exactly the values of the grey
    /// file.</returns>
    internal static float Of(int red, int green, int blue, int full) =>
        (float)(((RedPerMille * red) + (GreenPerMille * green) + (BluePerMille * blue)) / (1000.0 * full));

    /// <summary>The luma of values in any range.</summary>
    internal static float Of(float red, float green, float blue) => (Red * red) + (Green * green) + (Blue * blue);
}
