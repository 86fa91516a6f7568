using System.Text;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ValueRangeTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_radiograph_in_a_16_bit_file_is_scaled_to_the_bits_that_it_uses() =>
        Gen.Select(Gen.Int[8, 16], Gen.Int[0, 65535].Array[12])
            .Sample(
                (bits, drawn) =>
                {
                    int white = (1 << bits) - 1;
                    int[] values = [white, .. drawn.Skip(1).Select(value => value & white)];
                    float[] read = Read(values, ValueRange.BitsUsed);
                    for (int i = 0; i < values.Length; i++)
                        Assert.Equal(values[i] / (double)white, read[i], 2e-6);
                },
                iter: 30
            );

    [Fact]
    public void The_full_scale_leaves_12_bits_in_a_16_bit_file_nearly_black() =>
        Assert.All(Read([.. Enumerable.Range(0, 12).Select(i => i * 372)], ValueRange.FullScale), value => Assert.InRange(value, 0, 4095f / 65535));

    [Fact]
    public void Percentiles_make_the_range_independent_of_exposure_and_offset()
    {
        int[] drawn = [.. Enumerable.Range(0, 1000).Select(i => i * 7919 % 4001)];
        float[] once = Read(drawn, ValueRange.Percentiles, 40),
            moved = Read([.. drawn.Select(value => (3 * value) + 5000)], ValueRange.Percentiles, 40);
        for (int i = 0; i < once.Length; i++)
            Assert.Equal(once[i], moved[i], 1e-4f);
        int[] sorted = [.. drawn.Order()];
        Assert.Equal(drawn.Count(value => value <= sorted[4]), once.Count(value => value == 0));
        Assert.Equal(drawn.Count(value => value >= sorted[994]), once.Count(value => value == 1));
    }

    [Fact]
    public void Percentiles_make_an_image_of_one_value_black() =>
        Assert.All(Read([.. Enumerable.Repeat(777, 12)], ValueRange.Percentiles), value => Assert.Equal(0, value));

    [Fact]
    public void An_8_bit_file_is_the_same_with_the_full_scale_and_the_bits_used()
    {
        string file = _folder.Write("grey.png", ImageBytes.Png(4, 3, 8, ImageBytes.Grey, [.. Enumerable.Range(0, 12).Select(i => (byte)i)]));
        Assert.Equal(
            RadiographReader.Read(file, new RadiographFormat(3, 4)),
            RadiographReader.Read(file, new RadiographFormat(3, 4, Range: ValueRange.BitsUsed))
        );
    }

    [Fact]
    public void Inverting_twice_restores_the_radiograph_and_leaves_padding_black()
    {
        byte[] samples = [.. Enumerable.Range(0, 128).Select(i => (byte)(i * 2))];
        string file = _folder.Write("grey.png", ImageBytes.Png(8, 16, 8, ImageBytes.Grey, samples));
        var format = new RadiographFormat(16, 16, ImageFit.Pad);
        float[] stored = RadiographReader.Read(file, format),
            turned = RadiographReader.Read(file, format with { Photometric = PhotometricHandling.Inverted });
        for (int i = 0; i < stored.Length; i++)
            Assert.Equal(i % 16 is >= 4 and < 12 ? 1 - stored[i] : 0, turned[i]);
    }

    [Theory]
    [InlineData(2016)]
    [InlineData(7)]
    public void A_negative_of_a_phantom_is_inverted_automatically_and_the_positive_is_not(int seed)
    {
        var phantom = new ChestPhantom(new ChestPhantomOptions { Size = 96, Seed = seed });
        for (int study = 0; study < 10; study++)
        {
            byte[] positive = phantom.Render(study).Pixels;
            string light = _folder.Write("light.png", ImageBytes.Png(96, 96, 8, ImageBytes.Grey, positive));
            string dark = _folder.Write("dark.png", ImageBytes.Png(96, 96, 8, ImageBytes.Grey, [.. positive.Select(value => (byte)(255 - value))]));
            var format = new RadiographFormat(48, 48, Photometric: PhotometricHandling.Automatic);
            float[] asStored = RadiographReader.Read(light, format with { Photometric = PhotometricHandling.AsStored });
            Assert.Equal(asStored, RadiographReader.Read(light, format));
            float[] turned = RadiographReader.Read(dark, format);
            for (int i = 0; i < turned.Length; i++)
                Assert.Equal(asStored[i], turned[i], 1e-5f);
        }
    }

    [Fact]
    public void A_saved_model_keeps_the_options_and_models_without_them_use_the_full_scale()
    {
        var options = new LoadRadiographsOptions
        {
            Height = 5,
            Width = 6,
            Range = ValueRange.Percentiles,
            Photometric = PhotometricHandling.Automatic,
            Dicom = new()
            {
                Frame = 2,
                Window = null,
                AcceptAnyModality = true,
            },
        };
        Assert.Equal(options.Format, SavedLoadingMapping.FromText(SavedLoadingMapping.ToText(options.Format)));
        // A model of an earlier release, which can read those of this one.
        Assert.Equal(
            """{"Height":5,"Width":6,"Fit":"Squeeze","MaximumPixels":64000000,"MaximumSide":32768,"MaximumAspectRatio":50,"MaximumBytes":268435456,"""
                + """
                "Range":"BitsUsed","Photometric":"AsStored","Dicom":{"Frame":0,"Window":0,"AcceptAnyModality":false}}
                """,
            Encoding.UTF8.GetString(
                Convert.FromBase64String(SavedLoadingMapping.ToText(new LoadRadiographsOptions { Height = 5, Width = 6 }.Format))
            )
        );
        Assert.Equal(
            new RadiographFormat(5, 6, ImageFit.Pad),
            SavedLoadingMapping.FromText(Convert.ToBase64String("""{"Height":5,"Width":6,"Fit":"Pad","MaximumPixels":64000000}"""u8))
        );
    }

    private float[] Read(int[] values, ValueRange range, int width = 4)
    {
        byte[] samples = [.. values.SelectMany(value => new[] { (byte)(value >> 8), (byte)value })];
        string file = _folder.Write(Path.GetRandomFileName(), ImageBytes.Png(width, values.Length / width, 16, ImageBytes.Grey, samples));
        return RadiographReader.Read(file, new RadiographFormat(values.Length / width, width, Range: range));
    }
}
