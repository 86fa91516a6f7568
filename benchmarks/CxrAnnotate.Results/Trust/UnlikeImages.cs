namespace CxrAnnotate.Results;

/// <summary>Images that no reader of chest radiographs should answer for: radiographs that were spoilt, and pictures of something else.</summary>
internal static class UnlikeImages
{
    /// <summary>What is done to a radiograph: its name, and the spoilt image of width and height [H, W] in [0, 1].</summary>
    internal static IReadOnlyList<(string Name, Func<float[], int, int, Random, float[]> Spoil)> OfRadiographs { get; } =
    [
        ("inverted", (image, _, _, _) => [.. image.Select(grey => 1 - grey)]),
        ("rotated by 90 degrees", (image, height, width, _) => Map(height, width, (y, x) => image[At(x, height - 1 - y, height, width)])),
        ("rotated by 180 degrees", (image, _, _, _) => [.. image.Reverse()]),
        ("cropped to a quarter", Quarter),
        ("noisy (deviation 0.2)", (image, _, _, random) => [.. image.Select(grey => Clamped(grey + (0.2 * Normal(random))))]),
    ];

    /// <summary>A picture of no radiograph, drawn at random: a sky above a ground, round things in it, and a texture; as a grey photograph.</summary>
    internal static float[] Photograph(int height, int width, Random random)
    {
        double horizon = 0.3 + (0.4 * random.NextDouble()),
            sky = 0.5 + (0.5 * random.NextDouble()),
            ground = 0.6 * random.NextDouble();
        (double Y, double X, double Size, double Flat, double Grey)[] things =
        [
            .. Enumerable
                .Range(0, random.Next(3, 12))
                .Select(_ =>
                    (random.NextDouble(), random.NextDouble(), 0.03 + (0.2 * random.NextDouble()), 0.5 + random.NextDouble(), random.NextDouble())
                ),
        ];
        double waves = 10 + (40 * random.NextDouble()),
            tilt = random.NextDouble() * Math.PI,
            grain = 0.15 * random.NextDouble();
        var image = new float[height * width];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double v = (double)y / height,
                    u = (double)x / width;
                double grey = v < horizon ? sky * (1 - (0.4 * v)) : ground + (0.3 * (v - horizon));
                foreach (var (ty, tx, size, flat, own) in things)
                {
                    if (((v - ty) * (v - ty)) + ((u - tx) * (u - tx) * flat) < size * size)
                        grey = own;
                }

                grey += grain * Math.Sin(waves * ((u * Math.Cos(tilt)) + (v * Math.Sin(tilt)))) + (0.02 * Normal(random));
                image[(y * width) + x] = Clamped(grey);
            }
        }

        return image;
    }

    /// <summary>One of the four quarters of an image, at twice its size.</summary>
    private static float[] Quarter(float[] image, int height, int width, Random random)
    {
        int top = random.Next(2) * (height / 2),
            left = random.Next(2) * (width / 2);
        return Map(height, width, (y, x) => image[((top + (y / 2)) * width) + left + (x / 2)]);
    }

    private static float[] Map(int height, int width, Func<int, int, float> grey) =>
        [.. Enumerable.Range(0, height * width).Select(i => grey(i / width, i % width))];

    /// <summary>The place in an image of a row and a column that are counted in a square of its height.</summary>
    private static int At(int row, int column, int height, int width) =>
        (Math.Min(row * height / width, height - 1) * width) + Math.Min(column * width / height, width - 1);

    private static float Clamped(double grey) => (float)Math.Clamp(grey, 0, 1);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
