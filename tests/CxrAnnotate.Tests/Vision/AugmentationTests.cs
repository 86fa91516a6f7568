namespace CxrAnnotate.Tests;

/// <summary>The augmentation of training images, measured in augmented images.</summary>
public sealed class AugmentationTests
{
    private const int Side = 96,
        Size = 64,
        Draws = 300;

    // Two spots side by side, 24 pixels apart: their positions in an augmented crop give its angle, scale and shift.
    private const double Left = 35.5,
        Right = 59.5,
        Middle = 47.5;

    [Fact]
    public void By_default_images_are_rotated_by_8_degrees_scaled_by_a_tenth_and_shifted_within_the_margin()
    {
        var options = new AugmentationOptions { Gamma = 0, Noise = 0 };
        var preparer = new ImagePreparer(Side, Side, Size, 1);
        float[] image = Spots();
        double[] angles = new double[Draws],
            scales = new double[Draws],
            down = new double[Draws],
            across = new double[Draws];
        float[] output = new float[preparer.Length];
        for (int draw = 0; draw < Draws; draw++)
        {
            preparer.Prepare(image, output, options, new Random(draw), mirror: false);
            var (a, b) = Find(output);
            double angle = Math.Atan2(b.Y - a.Y, b.X - a.X),
                scale = Math.Sqrt(((b.X - a.X) * (b.X - a.X)) + ((b.Y - a.Y) * (b.Y - a.Y))) / (Right - Left);
            (angles[draw], scales[draw]) = (angle * 180 / Math.PI, Math.Log(scale));
            // The middle of the spots is the image's: without a shift it is in the middle of the crop. The image is shifted before it is rotated.
            double x = ((a.X + b.X) / 2) - ((Size - 1) / 2.0),
                y = ((a.Y + b.Y) / 2) - ((Size - 1) / 2.0);
            across[draw] = ((Math.Cos(angle) * x) + (Math.Sin(angle) * y)) / scale;
            down[draw] = ((Math.Cos(angle) * y) - (Math.Sin(angle) * x)) / scale;
        }

        Uniform(angles, 8, 0.3);
        Uniform(scales, Math.Log(1.1), 0.01);
        // The margin is 16 pixels on each side.
        Uniform(across, 16, 0.4);
        Uniform(down, 16, 0.4);
    }

    [Fact]
    public void By_default_grey_values_are_raised_to_a_power_from_e_to_minus_a_quarter_to_e_to_a_quarter()
    {
        var options = AugmentationOptions.None with { Gamma = new AugmentationOptions().Gamma };
        // Black, a quarter and white: standardising keeps the ratio of the differences.
        float[] image = new float[Side * Side];
        for (int i = 0; i < image.Length; i++)
            image[i] = (i % 3) switch
            {
                0 => 0,
                1 => 0.25f,
                _ => 1,
            };
        var preparer = new ImagePreparer(Side, Side, Size, 1);
        float[] output = new float[preparer.Length];
        double[] powers = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            preparer.Prepare(image, output, options, new Random(draw), mirror: false);
            float[] levels = [.. output.Select(v => MathF.Round(v, 3)).Distinct().Order()];
            double[] three = [levels[0], Mean(output, levels[0] + 0.01, levels[^1] - 0.01), levels[^1]];
            powers[draw] = Math.Log(Math.Log((three[1] - three[0]) / (three[2] - three[0])) / Math.Log(0.25));
        }

        Uniform(powers, 0.25, 0.01);
    }

    [Fact]
    public void By_default_noise_of_up_to_a_tenth_of_the_image_s_deviation_is_added()
    {
        var options = AugmentationOptions.None with { Noise = new AugmentationOptions().Noise };
        var random = new Random(5);
        float[] image = [.. Enumerable.Range(0, Side * Side).Select(_ => random.NextSingle())];
        var preparer = new ImagePreparer(Side, Side, Size, 1);
        float[] plain = new float[preparer.Length],
            output = new float[preparer.Length];
        preparer.Prepare(image, plain);
        double[] deviations = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            preparer.Prepare(image, output, options, new Random(draw), mirror: false);
            double[] noise = [.. output.Zip(plain, (a, b) => (double)a - b)];
            Assert.Equal(0, noise.Average(), 0.01);
            deviations[draw] = Math.Sqrt(noise.Average(v => v * v));
        }

        // Uniform from 0 to 0.1.
        Uniform([.. deviations.Select(d => d - 0.05)], 0.05, 0.005);
    }

    [Fact]
    public void By_default_nothing_is_blanked_or_mirrored()
    {
        float[] image = Spots();
        // The right spot is brighter, so that mirroring is visible.
        for (int i = 0; i < image.Length; i++)
            image[i] *= i % Side > Middle ? 1 : 0.6f;
        var preparer = new ImagePreparer(Side, Side, Size, 1);
        float[] output = new float[preparer.Length];
        for (int draw = 0; draw < Draws; draw++)
        {
            preparer.Prepare(image, output, new AugmentationOptions(), new Random(draw), mirror: false);
            Assert.DoesNotContain(0f, output);
        }

        Assert.Equal((0.0, 0.0), (new AugmentationOptions().Erase, new AugmentationOptions().Mirror));
    }

    [Fact]
    public void One_rectangle_of_up_to_two_fifths_of_each_side_is_blanked()
    {
        var random = new Random(5);
        float[] image = [.. Enumerable.Range(0, Side * Side).Select(_ => random.NextSingle())];
        var preparer = new ImagePreparer(Side, Side, Size, 3);
        float[] plain = new float[preparer.Length],
            output = new float[preparer.Length];
        preparer.Prepare(image, plain);
        var heights = new List<int>();
        for (int draw = 0; draw < 200; draw++)
        {
            preparer.Prepare(image, output, AugmentationOptions.None with { Erase = 1 }, new Random(draw), mirror: false);
            int[] blank = [.. Enumerable.Range(0, Size * Size).Where(i => output[i] == 0 && output[i + (Size * Size)] == 0)];
            int top = blank.Min(i => i / Size),
                bottom = blank.Max(i => i / Size) + 1,
                left = blank.Min(i => i % Size),
                right = blank.Max(i => i % Size) + 1;
            Assert.Equal((bottom - top) * (right - left), blank.Length);
            Assert.All(blank, i => Assert.Equal(0f, output[i + (2 * Size * Size)]));
            Assert.InRange(right - left, 6, 25);
            heights.Add(bottom - top);
            Assert.All(
                Enumerable.Range(0, Size * Size).Except(blank),
                i => Assert.Equal(plain[i], output[i], 1e-3)
            );
        }

        Assert.Equal((6, 25), (heights.Min(), heights.Max()));
    }

    /// <summary>Checks that numbers are uniform from -most to most: bounds, extremes, mean and deviation.</summary>
    private static void Uniform(double[] values, double most, double tolerance)
    {
        Assert.All(values, v => Assert.InRange(v, -most - tolerance, most + tolerance));
        Assert.True(values.Min() < -0.93 * most && values.Max() > 0.93 * most, $"{values.Min()} to {values.Max()}");
        // Four standard errors of 300 draws.
        Assert.InRange(values.Average(), -0.14 * most, 0.14 * most);
        double deviation = Math.Sqrt(values.Average(v => v * v));
        Assert.InRange(deviation, 0.9 * most / Math.Sqrt(3), 1.1 * most / Math.Sqrt(3));
    }

    private static double Mean(float[] values, double from, double to) => values.Where(v => v > from && v < to).Average(v => (double)v);

    private static float[] Spots()
    {
        float[] image = new float[Side * Side];
        for (int i = 0; i < image.Length; i++)
        {
            double y = (i / Side) - Middle,
                x = i % Side;
            image[i] = (float)(0.9 * (Spot(y, x - Left) + Spot(y, x - Right)));
        }

        return image;

        static double Spot(double y, double x) => Math.Exp(-((y * y) + (x * x)) / (2 * 3 * 3));
    }

    /// <summary>The left and the right spot: the centres of brightness around the two brightest pixels.</summary>
    private static ((double Y, double X) A, (double Y, double X) B) Find(float[] crop)
    {
        float floor = crop.Min();
        int first = Array.IndexOf(crop, crop.Max());
        int second = Enumerable.Range(0, crop.Length).Where(i => Distance(i, first) > 12).MaxBy(i => crop[i]);
        var (a, b) = (Centre(first), Centre(second));
        return a.X < b.X ? (a, b) : (b, a);

        static double Distance(int i, int j) => Math.Sqrt(Math.Pow((i / Size) - (j / Size), 2) + Math.Pow((i % Size) - (j % Size), 2));

        (double Y, double X) Centre(int at)
        {
            double sum = 0,
                y = 0,
                x = 0;
            for (int i = 0; i < crop.Length; i++)
            {
                if (Distance(i, at) > 9)
                    continue;
                double weight = crop[i] - floor;
                (sum, y, x) = (sum + weight, y + (weight * (i / Size)), x + (weight * (i % Size)));
            }

            return (y / sum, x / sum);
        }
    }
}
