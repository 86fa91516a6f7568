using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ImagePreparerTests
{
    private static readonly Gen<float[]> _image = Gen.Float[0, 1].Array[40 * 48];

    [Fact]
    public void The_prepared_image_has_mean_0_and_variance_1()
    {
        _image.Sample(
            image =>
            {
                var output = new float[32 * 32];
                new ImagePreparer(40, 48, 32, 1).Prepare(image, output);
                double mean = output.Average(v => (double)v);
                Assert.Equal(0, mean, 4);
                Assert.Equal(1, output.Average(v => (v - mean) * (v - mean)), 3);
            },
            iter: 50
        );
    }

    [Fact]
    public void Exposure_does_not_change_the_prepared_image()
    {
        Gen.Select(_image, Gen.Float[0.3f, 1], Gen.Float[0, 0.3f])
            .Sample(
                (image, gain, offset) =>
                {
                    var preparer = new ImagePreparer(40, 48, 32, 1);
                    float[] a = new float[preparer.Length],
                        b = new float[preparer.Length];
                    preparer.Prepare(image, a);
                    preparer.Prepare([.. image.Select(v => (gain * v) + offset)], b);
                    for (int i = 0; i < a.Length; i++)
                        Assert.Equal(a[i], b[i], 1e-3);
                },
                iter: 50
            );
    }

    [Fact]
    public void Without_augmentation_training_and_scoring_see_the_same_crop()
    {
        _image.Sample(
            image =>
            {
                var preparer = new ImagePreparer(40, 48, 32, 1);
                float[] scored = new float[preparer.Length],
                    trained = new float[preparer.Length];
                preparer.Prepare(image, scored);
                preparer.Prepare(image, trained, AugmentationOptions.None, new Random(1), mirror: false);
                for (int i = 0; i < scored.Length; i++)
                    Assert.Equal(scored[i], trained[i], 1e-4);
            },
            iter: 50
        );
    }

    [Fact]
    public void Mirroring_a_crop_without_augmentation_reverses_its_rows()
    {
        _image.Sample(
            image =>
            {
                var preparer = new ImagePreparer(40, 48, 32, 1);
                float[] plain = new float[preparer.Length],
                    mirrored = new float[preparer.Length];
                preparer.Prepare(image, plain);
                preparer.Prepare(image, mirrored, AugmentationOptions.None, new Random(1), mirror: true);
                for (int y = 0; y < 32; y++)
                    for (int x = 0; x < 32; x++)
                        Assert.Equal(plain[(y * 32) + x], mirrored[(y * 32) + 31 - x], 1e-3);
            },
            iter: 20
        );
    }

    [Fact]
    public void Random_crops_reach_all_offsets_of_whole_pixels_and_no_others()
    {
        const int Side = 12,
            Size = 8;
        var preparer = new ImagePreparer(Side, Side, Size, 1);
        var counts = new Dictionary<int, int>();
        // One bright pixel that every crop contains: its position gives the offset.
        const int MarkY = 6,
            MarkX = 6;
        var image = new float[Side * Side];
        image[(MarkY * Side) + MarkX] = 1;
        for (int draw = 0; draw < 5000; draw++)
        {
            var output = new float[preparer.Length];
            preparer.Prepare(image, output, AugmentationOptions.RandomCrop, new Random(draw), mirror: false);
            int mark = Array.IndexOf(output, output.Max());
            Assert.Single(output, v => v > 0);
            int key = ((MarkY - (mark / Size)) * 100) + MarkX - (mark % Size);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(
            Enumerable.Range(0, Side - Size + 1).SelectMany(top => Enumerable.Range(0, Side - Size + 1).Select(left => (top * 100) + left)),
            counts.Keys.Order()
        );
        // Inner offsets receive the draws of a whole pixel, border offsets those of half a pixel.
        Assert.All(counts.Values, n => Assert.InRange(n, 25, 5000 / 9));
    }

    [Fact]
    public void Local_contrast_removes_a_plane_of_brightness_and_keeps_detail()
    {
        var flat = new float[30 * 30];
        for (int i = 0; i < flat.Length; i++)
            flat[i] = 0.5f + (0.01f * (i % 30));
        LocalContrast.Normalise(flat, 30, 30);
        float inside = Math.Abs(flat[(15 * 30) + 15]);
        var spot = new float[30 * 30];
        for (int i = 0; i < spot.Length; i++)
            spot[i] = 0.5f + (0.01f * (i % 30)) + (i == (15 * 30) + 15 ? 0.2f : 0);
        LocalContrast.Normalise(spot, 30, 30);
        Assert.True(inside < 1e-3);
        Assert.True(spot[(15 * 30) + 15] > 1);
    }

    [Fact]
    public void Three_channels_are_local_contrast_and_twice_the_standardised_image()
    {
        var random = new Random(2);
        float[] image = [.. Enumerable.Range(0, 40 * 40).Select(_ => random.NextSingle())];
        var preparer = new ImagePreparer(40, 40, 32, 3);
        var output = new float[preparer.Length];
        preparer.Prepare(image, output);
        var standardised = new float[1024];
        new ImagePreparer(40, 40, 32, 1).Prepare(image, standardised);
        Assert.Equal(standardised, output[1024..2048]);
        Assert.Equal(standardised, output[2048..]);
        float[] contrast = [.. Enumerable.Range(0, 1024).Select(i => image[((4 + (i / 32)) * 40) + 4 + (i % 32)])];
        LocalContrast.Normalise(contrast, 32, 32);
        Assert.Equal(contrast, output[..1024]);
    }

    [Fact]
    public void The_channels_of_a_network_that_fixes_them_are_the_same_grey()
    {
        var random = new Random(4);
        float[] image = [.. Enumerable.Range(0, 40 * 48).Select(_ => random.NextSingle())];
        var one = new ImagePreparer(40, 48, 32, 1);
        var three = new ImagePreparer(40, 48, 32, 3, oneGrey: true);
        float[] grey = new float[one.Length],
            output = new float[three.Length];
        var strong = new AugmentationOptions { Noise = 0.5, Erase = 1 };
        one.Prepare(image, grey);
        three.Prepare(image, output);
        Assert.Equal([.. grey, .. grey, .. grey], output);
        one.Prepare(image, grey, strong, new Random(7), mirror: false);
        three.Prepare(image, output, strong, new Random(7), mirror: false);
        Assert.Equal([.. grey, .. grey, .. grey], output);
    }

    [Fact]
    public void Without_standardisation_black_is_minus_1_and_white_1_and_noise_and_blanks_are_of_the_images_scale()
    {
        var random = new Random(4);
        float[] image = [.. Enumerable.Range(0, 40 * 48).Select(_ => 0.2f + (random.NextSingle() / 4))];
        var preparer = new ImagePreparer(40, 48, 32, 1, oneGrey: true, standardizes: false);
        var standard = new ImagePreparer(40, 48, 32, 1);
        float[] plain = new float[preparer.Length],
            output = new float[preparer.Length],
            expected = new float[preparer.Length];
        preparer.Prepare(image, plain);
        Assert.Equal((2 * image[(4 * 48) + 8]) - 1, plain[0], 1e-6);
        // Standardised, an augmented crop is what the other preparer makes of it, but for the change of the mean.
        var strong = AugmentationOptions.None with
        {
            Noise = 0.5,
            Erase = 1,
        };
        preparer.Prepare(image, output, strong, new Random(7), mirror: false);
        standard.Prepare(image, expected, strong, new Random(7), mirror: false);
        double mean = plain.Average(),
            deviation = Math.Sqrt(plain.Average(v => (v - mean) * (v - mean)));
        for (int i = 0; i < output.Length; i++)
            Assert.Equal(expected[i], (output[i] - mean) / deviation, 1e-3);
    }
}
