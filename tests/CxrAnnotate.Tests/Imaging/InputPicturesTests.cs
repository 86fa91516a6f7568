using NetVips;

namespace CxrAnnotate.Tests;

/// <summary>The pictures of docs/inputs.md match the reader. <c>CXR_WRITE_PICTURES=1</c> redraws them.</summary>
public sealed class InputPicturesTests
{
    private static readonly string _folder = Path.Combine(TestData.RepositoryRoot, "docs", "images", "inputs");

    [Fact]
    public void The_pictures_of_the_page_are_what_the_reader_returns()
    {
        bool writes = Environment.GetEnvironmentVariable("CXR_WRITE_PICTURES") == "1";
        InputPicture[] pictures = [.. InputPictures.All()];
        if (writes)
        {
            Directory.CreateDirectory(_folder);
            foreach (InputPicture picture in pictures)
                RadiographWriter.SavePng(FileOf(picture), picture.Panels(), InputPicture.Width, InputPicture.Side);
        }

        Assert.Multiple([
            .. pictures.Select(picture =>
                (Action)(
                    () =>
                    {
                        using Image shown = Image.NewFromFile(FileOf(picture));
                        byte[] pixels = shown.WriteToMemory<byte>();
                        byte[] drawn = picture.Panels();
                        Assert.Equal(drawn.Length, pixels.Length);
                        // Another machine's sines may round a phantom's pixel the other way, which a steep window makes several levels.
                        Assert.InRange(drawn.Zip(pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 0.5);
                    }
                )
            ),
        ]);
    }

    [Fact]
    public void Every_way_of_writing_a_phantom_is_read_as_that_phantom()
    {
        InputPicture[] pictures = [.. InputPictures.All()];
        float[] plain = pictures.Single(picture => picture.Name == "monochrome2").Read;
        // A nonlinear or clipped grey scale only keeps the order.
        string[] bent = ["window-linear", "window-sigmoid", "voi-lut"];
        Assert.Multiple([
            .. pictures.Select(picture =>
                (Action)(
                    () =>
                    {
                        double correlation = Correlation(Field(plain), Field(picture.Read));
                        Assert.True(correlation > (bent.Contains(picture.Name) ? 0.75 : 0.99), $"{picture.Name}: {correlation:F3}");
                    }
                )
            ),
        ]);
    }

    [Fact]
    public void The_page_shows_every_picture()
    {
        string page = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", "inputs.md"));
        Assert.Equal(
            InputPictures.All().Select(picture => picture.Name).Order(),
            Directory.EnumerateFiles(_folder, "*.png").Select(file => Path.GetFileNameWithoutExtension(file)).Order()
        );
        Assert.All(InputPictures.All(), picture => Assert.Contains($"(images/inputs/{picture.Name}.png)", page, StringComparison.Ordinal));
    }

    /// <summary>The part without padding.</summary>
    private static float[] Field(float[] pixels) => [.. pixels.Where((_, i) => !InputPictures.IsOutside(i))];

    private static string FileOf(InputPicture picture) => Path.Combine(_folder, picture.Name + ".png");

    private static double Correlation(float[] a, float[] b)
    {
        double meanA = a.Average(),
            meanB = b.Average(),
            ab = 0,
            aa = 0,
            bb = 0;
        for (int i = 0; i < a.Length; i++)
            (ab, aa, bb) = (ab + ((a[i] - meanA) * (b[i] - meanB)), aa + ((a[i] - meanA) * (a[i] - meanA)), bb + ((b[i] - meanB) * (b[i] - meanB)));
        return ab / Math.Sqrt(aa * bb);
    }
}
