namespace CxrAnnotate;

/// <summary>Statistics of a radiograph's grey values that show whether it resembles others.</summary>
/// <param name="Mean">The mean, 0 to 1.</param>
/// <param name="Deviation">The standard deviation, 0 to 0.5.</param>
/// <param name="LooksInverted">Whether the margins are brighter than the middle, as in an inverted image.</param>
public readonly record struct GreyStatistics(double Mean, double Deviation, bool LooksInverted)
{
    /// <summary>Computes the statistics of an image in the form that a network expects, padding included.</summary>
    /// <param name="pixels">Grey values in [0, 1], row-major: rows times <paramref name="width"/>, at least one.</param>
    /// <param name="width">Columns, 1 or more.</param>
    /// <exception cref="ArgumentException">The number of pixels is 0 or not a multiple of the width.</exception>
    public static GreyStatistics Of(ReadOnlySpan<float> pixels, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (pixels.IsEmpty || pixels.Length % width != 0)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{pixels.Length} pixels do not make an image of {width} columns."),
                nameof(pixels)
            );
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
