namespace CxrAnnotate;

/// <summary>
/// Local contrast normalisation as in the paper's input pipeline: subtract the local mean, divide by the local standard deviation, both weighted by a
/// Gaussian of seven pixels (sigma 1.75), corrected at the border; deviations below their mean over the image, or below 1e-4, are raised to it.
/// </summary>
internal static class LocalContrast
{
    private const int Radius = 3;
    private static readonly float[] _kernel = Kernel();

    /// <summary>The window's weights along one axis.</summary>
    internal static float[] Weights() => [.. _kernel];

    internal static void Normalise(Span<float> image, int height, int width)
    {
        var weights = new float[image.Length];
        Array.Fill(weights, 1f);
        var scratch = new float[image.Length];
        Smooth(weights, scratch, height, width);
        var mean = image.ToArray();
        Smooth(mean, scratch, height, width);
        var deviation = new float[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            image[i] -= mean[i] / weights[i];
            deviation[i] = image[i] * image[i];
        }

        Smooth(deviation, scratch, height, width);
        double total = 0;
        for (int i = 0; i < deviation.Length; i++)
        {
            deviation[i] = MathF.Sqrt(deviation[i] / weights[i]);
            total += deviation[i];
        }

        float floor = Math.Max((float)(total / deviation.Length), 1e-4f);
        for (int i = 0; i < image.Length; i++)
            image[i] /= Math.Max(deviation[i], floor);
    }

    private static void Smooth(float[] values, float[] scratch, int height, int width)
    {
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                float sum = 0;
                for (int k = Math.Max(-Radius, -x); k <= Math.Min(Radius, width - 1 - x); k++)
                    sum += _kernel[k + Radius] * values[(y * width) + x + k];
                scratch[(y * width) + x] = sum;
            }
        }

        for (int y = 0; y < height; y++)
        {
            int from = Math.Max(-Radius, -y);
            int to = Math.Min(Radius, height - 1 - y);
            for (int x = 0; x < width; x++)
            {
                float sum = 0;
                for (int k = from; k <= to; k++)
                    sum += _kernel[k + Radius] * scratch[((y + k) * width) + x];
                values[(y * width) + x] = sum;
            }
        }
    }

    private static float[] Kernel()
    {
        const double Sigma = 0.25 * ((2 * Radius) + 1);
        double[] values = [.. Enumerable.Range(-Radius, (2 * Radius) + 1).Select(k => Math.Exp(-0.5 * k * k / (Sigma * Sigma)))];
        double sum = values.Sum();
        return [.. values.Select(v => (float)(v / sum))];
    }
}
