namespace CxrAnnotate;

/// <summary>Statistics of a radiograph's grey values that show whether it resembles others.</summary>
/// <param name="Mean">The mean, 0 to 1.</param>
/// <param name="Deviation">The standard deviation, 0 to 0.5.</param>
/// <param name="LooksInverted">Whether the margins are brighter than the middle; see <see cref="GreyScale.LooksInverted"/>.</param>
internal readonly record struct GreyStatistics(double Mean, double Deviation, bool LooksInverted)
{
    /// <summary>Of an image as a network takes it, padding included.</summary>
    /// <param name="pixels">Grey values in [0, 1], row-major.</param>
    /// <param name="width">Columns.</param>
    internal static GreyStatistics Of(ReadOnlySpan<float> pixels, int width)
    {
        double sum = 0,
            squares = 0;
        foreach (float value in pixels)
        {
            sum += value;
            squares += (double)value * value;
        }

        double mean = sum / pixels.Length;
        return new GreyStatistics(
            mean,
            Math.Sqrt(Math.Max((squares / pixels.Length) - (mean * mean), 0)),
            GreyScale.LooksInverted(GreyRegion.WithinBlackMargins(pixels, width), pixels)
        );
    }
}
