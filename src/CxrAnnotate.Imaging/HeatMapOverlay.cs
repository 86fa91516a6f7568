using NetVips;

namespace CxrAnnotate;

/// <summary>
/// Pictures of heat maps: the whole radiograph in grey with its own aspect ratio, over it the map in colours, more opaque the larger its values. At
/// the right edge a scale shows the colours of 0 (bottom) to 1 (top).
/// </summary>
public static class HeatMapOverlay
{
    /// <summary>The default length of a picture's longer side in pixels, without the scale.</summary>
    public const int DefaultSide = 512;

    private const int ScaleWidth = 10,
        ScaleMargin = 4;

    /// <summary>How much of the grey value the largest colour hides.</summary>
    private const double MostOpaque = 0.6;

    /// <summary>
    /// The colour map "plasma" of Stéfan van der Walt and Nathaniel Smith (CC0) at equal steps: equal steps of a value are equal steps to the eye,
    /// also without colour vision.
    /// </summary>
    private static readonly int[] _plasma = [0x0D0887, 0x4C02A1, 0x7E03A8, 0xAA2395, 0xCC4778, 0xE66C5C, 0xF89540, 0xFDC527, 0xF0F921];

    /// <summary>Draws a map over its radiograph.</summary>
    /// <param name="path">The file that the map explains, in any format that LoadRadiographs reads.</param>
    /// <param name="map">The map of the image as it was loaded.</param>
    /// <param name="loading">How it was loaded: what part of the radiograph the map covers follows from height, width and fit.</param>
    /// <param name="longestSide">The longer side of the radiograph in the picture, in pixels, from 16 to 8192.</param>
    /// <returns>An RGB PNG. The same input gives the same bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The side is out of range.</exception>
    /// <exception cref="ArgumentException">The map's values do not fill its rows and columns.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and says why.</exception>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    public static byte[] Png(string path, HeatMap map, LoadRadiographsOptions loading, int longestSide = DefaultSide)
    {
        ArgumentNullException.ThrowIfNull(loading);
        return Png(path, map, loading.Format, longestSide);
    }

    internal static byte[] Png(string path, HeatMap map, RadiographFormat loading, int longestSide)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(map);
        OptionChecks.Require(longestSide is >= 16 and <= 8192, nameof(longestSide), longestSide, "from 16 to 8192");
        if (map.Rows < 1 || map.Columns < 1 || map.Values.Count != (long)map.Rows * map.Columns)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{map.Values.Count} values do not make a map of {map.Rows} x {map.Columns} cells."),
                nameof(map)
            );
        (float[] grey, int height, int width) = RadiographReader.ReadWhole(new RadiographFile(path), loading, longestSide);
        int whole = width + ScaleMargin + ScaleWidth;
        byte[] rgb = new byte[3 * whole * height];
        double[] values = [.. map.Values.Select(value => (double)value)];
        // Where the loaded image lies in the picture.
        ImageGeometry shown = ImageGeometry.Of(width, height, loading);
        for (int y = 0; y < height; y++)
        {
            double down = (shown.Y + ((y + 0.5 - shown.SourceY) / shown.SourceHeight * shown.Height)) / loading.Height;
            for (int x = 0; x < width; x++)
            {
                double across = (shown.X + ((x + 0.5 - shown.SourceX) / shown.SourceWidth * shown.Width)) / loading.Width,
                    value =
                        down is >= 0 and <= 1 && across is >= 0 and <= 1
                            ? Math.Clamp(HeatMapCells.At(values, map.Rows, map.Columns, down, across), 0, 1)
                            : 0;
                Blend(rgb.AsSpan(3 * ((y * whole) + x), 3), 255 * grey[(y * width) + x], value, MostOpaque * value);
            }

            for (int x = width + ScaleMargin; x < whole; x++)
                Blend(rgb.AsSpan(3 * ((y * whole) + x), 3), 0, 1 - ((y + 0.5) / height), 1);
        }

        using Image samples = Image.NewFromMemoryCopy(rgb, whole, height, 3, Enums.BandFormat.Uchar);
        using Image picture = samples.Copy(interpretation: Enums.Interpretation.Srgb);
        return picture.PngsaveBuffer(compression: 6, filter: Enums.ForeignPngFilter.Sub, keep: Enums.ForeignKeep.None);
    }

    /// <summary>The colour of a value from 0 to 1, red, green and blue from 0 to 255.</summary>
    internal static (double Red, double Green, double Blue) Colour(double value)
    {
        double at = Math.Clamp(value, 0, 1) * (_plasma.Length - 1);
        int step = Math.Min((int)at, _plasma.Length - 2);
        return (Channel(16), Channel(8), Channel(0));

        double Channel(int shift)
        {
            double low = (_plasma[step] >> shift) & 0xFF,
                high = (_plasma[step + 1] >> shift) & 0xFF;
            return low + ((at - step) * (high - low));
        }
    }

    private static void Blend(Span<byte> pixel, double grey, double value, double opacity)
    {
        (double red, double green, double blue) = Colour(value);
        pixel[0] = Mixed(red);
        pixel[1] = Mixed(green);
        pixel[2] = Mixed(blue);

        byte Mixed(double channel) => (byte)Math.Round(((1 - opacity) * grey) + (opacity * channel));
    }
}
