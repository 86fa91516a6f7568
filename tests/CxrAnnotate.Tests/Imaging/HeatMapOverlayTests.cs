using NetVips;

namespace CxrAnnotate.Tests;

public sealed class HeatMapOverlayTests : IDisposable
{
    private const int Scale = 14;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_picture_has_the_aspect_ratio_of_its_radiograph_and_the_scale_beside_it()
    {
        (byte[] rgb, int width, int height) = Drawn(Radiograph(60, 90), Map(2, 2, 0, 0, 0, 0), new(), 120);
        Assert.Equal((80 + Scale, 120), (width, height));
        // Nothing spoke for the subject: the radiograph stays grey.
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < 80; x++)
                Assert.Equal((127, 127, 127), Pixel(rgb, width, x, y));
        }

        // Yellow at the top, blue at the bottom.
        Assert.True(Pixel(rgb, width, width - 1, 0) is { R: > 200, G: > 200, B: < 100 });
        Assert.True(Pixel(rgb, width, width - 1, height - 1) is { R: < 60, G: < 60, B: > 100 });
    }

    [Fact]
    public void The_strongest_cell_is_the_most_coloured_at_its_own_place()
    {
        (byte[] rgb, int width, _) = Drawn(Radiograph(60, 60), Map(4, 4, [.. Enumerable.Range(0, 16).Select(i => i == 6 ? 1f : 0)]), new(), 60);
        // Pixels in the middle of the cells in row 1, column 2, and in row 3, column 0, of 15 pixels each.
        (double red, double green, double blue) = HeatMapOverlay.Colour(1);
        Assert.Equal((Mixed(red), Mixed(green), Mixed(blue)), Pixel(rgb, width, 37, 22));
        Assert.Equal((127, 127, 127), Pixel(rgb, width, 7, 52));

        static int Mixed(double channel) => (int)Math.Round((0.6 * channel) + (0.4 * 127));
    }

    /// <summary>The loaded image is a part of the radiograph (CentreCrop) or has margins that are none of it (Pad).</summary>
    [Theory]
    [InlineData(ImageFit.Squeeze, true, true)]
    [InlineData(ImageFit.Pad, true, true)]
    [InlineData(ImageFit.CentreCrop, false, true)]
    public void A_map_lies_on_the_part_of_the_radiograph_that_was_loaded(ImageFit fit, bool atEdge, bool inMiddle)
    {
        LoadRadiographsOptions loading = new()
        {
            Height = 50,
            Width = 50,
            Fit = fit,
        };
        (byte[] rgb, int width, _) = Drawn(Radiograph(200, 100), Map(3, 3, [.. Enumerable.Repeat(1f, 9)]), loading, 200);
        Assert.Equal(atEdge, Pixel(rgb, width, 10, 50) != (127, 127, 127));
        Assert.Equal(inMiddle, Pixel(rgb, width, 100, 50) != (127, 127, 127));
    }

    [Fact]
    public void The_colours_become_steadily_lighter()
    {
        double[] lightness = [.. Enumerable.Range(0, 101).Select(i => Lightness(HeatMapOverlay.Colour(i / 100.0)))];
        for (int i = 1; i < lightness.Length; i++)
            Assert.InRange(lightness[i] - lightness[i - 1], 0.2, 2);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        string file = Radiograph(20, 20);
        Assert.Throws<ArgumentException>(() => HeatMapOverlay.Png(file, new HeatMap("left", 2, 2, [1, 0, 0]), new LoadRadiographsOptions()));
        Assert.Throws<ArgumentOutOfRangeException>(() => HeatMapOverlay.Png(file, Map(1, 1, 1), new LoadRadiographsOptions(), 15));
        Assert.Throws<InvalidDataException>(() => HeatMapOverlay.Png(file + "x", Map(1, 1, 1), new LoadRadiographsOptions()));
    }

    /// <summary>CIE L*.</summary>
    private static double Lightness((double Red, double Green, double Blue) colour)
    {
        double y = (0.2126 * Linear(colour.Red)) + (0.7152 * Linear(colour.Green)) + (0.0722 * Linear(colour.Blue));
        return y > 0.008856 ? (116 * Math.Cbrt(y)) - 16 : 903.3 * y;

        static double Linear(double channel) =>
            channel / 255 <= 0.04045 ? channel / 255 / 12.92 : Math.Pow(((channel / 255) + 0.055) / 1.055, 2.4);
    }

    private string Radiograph(int width, int height)
    {
        string path = Path.Combine(_folder.Path, $"{width}x{height}.png");
        RadiographWriter.SavePng(path, [.. Enumerable.Repeat((byte)127, width * height)], width, height);
        return path;
    }

    private static HeatMap Map(int rows, int columns, params float[] values) => new("left", rows, columns, values);

    private static (byte[] Rgb, int Width, int Height) Drawn(string file, HeatMap map, LoadRadiographsOptions loading, int side)
    {
        using Image image = Image.NewFromBuffer(HeatMapOverlay.Png(file, map, loading, side));
        Assert.Equal(3, image.Bands);
        return (image.WriteToMemory<byte>(), image.Width, image.Height);
    }

    private static (int R, int G, int B) Pixel(byte[] rgb, int width, int x, int y)
    {
        int at = 3 * ((y * width) + x);
        return (rgb[at], rgb[at + 1], rgb[at + 2]);
    }
}
