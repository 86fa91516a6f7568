using TorchSharp;

namespace CxrAnnotate.Tests;

/// <summary>Layers as plain loops over arrays in double precision: the independent reference for the networks' forward passes.</summary>
internal sealed class ReferenceLayers(torch.nn.Module network)
{
    private readonly Dictionary<string, torch.Tensor> _state = new(network.state_dict());

    internal sealed record Map(int Channels, int Height, int Width, double[] Values)
    {
        internal double this[int c, int y, int x] => Values[(((c * Height) + y) * Width) + x];
    }

    internal static Map Create(int channels, int height, int width, Func<int, int, int, double> value)
    {
        var values = new double[channels * height * width];
        for (int c = 0; c < channels; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    values[(((c * height) + y) * width) + x] = value(c, y, x);
        return new Map(channels, height, width, values);
    }

    internal bool Has(string name) => _state.ContainsKey(name);

    internal Map Conv(Map input, string name, int stride = 1, int padding = 0)
    {
        long[] shape = _state[name + ".weight"].shape;
        double[] weight = Numbers(name + ".weight");
        double[]? bias = Has(name + ".bias") ? Numbers(name + ".bias") : null;
        int kernel = (int)shape[2];
        Assert.Equal(input.Channels, shape[1]);
        int height = ((input.Height + (2 * padding) - kernel) / stride) + 1;
        int width = ((input.Width + (2 * padding) - kernel) / stride) + 1;
        return Create(
            (int)shape[0],
            height,
            width,
            (o, y, x) =>
            {
                double sum = bias?[o] ?? 0;
                for (int c = 0; c < input.Channels; c++)
                {
                    for (int i = 0; i < kernel; i++)
                    {
                        int sy = (y * stride) + i - padding;
                        if (sy < 0 || sy >= input.Height)
                            continue;
                        for (int j = 0; j < kernel; j++)
                        {
                            int sx = (x * stride) + j - padding;
                            if (sx >= 0 && sx < input.Width)
                                sum += input[c, sy, sx] * weight[(((((o * input.Channels) + c) * kernel) + i) * kernel) + j];
                        }
                    }
                }

                return sum;
            }
        );
    }

    internal Map Norm(Map input, string name, double epsilon)
    {
        double[] weight = Numbers(name + ".weight"),
            bias = Numbers(name + ".bias"),
            mean = Numbers(name + ".running_mean"),
            variance = Numbers(name + ".running_var");
        return Create(
            input.Channels,
            input.Height,
            input.Width,
            (c, y, x) => ((input[c, y, x] - mean[c]) / Math.Sqrt(variance[c] + epsilon) * weight[c]) + bias[c]
        );
    }

    internal static Map Relu(Map input) => Create(input.Channels, input.Height, input.Width, (c, y, x) => Math.Max(0, input[c, y, x]));

    internal static Map MaxPool(Map input, int kernel, int stride, int padding = 0, bool ceiling = false)
    {
        int height = Pooled(input.Height, kernel, stride, padding, ceiling);
        int width = Pooled(input.Width, kernel, stride, padding, ceiling);
        return Create(input.Channels, height, width, (c, y, x) => Window(input, c, y, x, kernel, stride, padding).Max());
    }

    /// <summary>Average over a window, with zeros outside the image.</summary>
    internal static Map AveragePool(Map input, int kernel, int stride, int padding) =>
        Create(
            input.Channels,
            Pooled(input.Height, kernel, stride, padding, false),
            Pooled(input.Width, kernel, stride, padding, false),
            (c, y, x) => Window(input, c, y, x, kernel, stride, padding).Sum() / (kernel * kernel)
        );

    internal static Map Concatenate(params Map[] maps) =>
        new(maps.Sum(m => m.Channels), maps[0].Height, maps[0].Width, [.. maps.SelectMany(m => m.Values)]);

    internal static Map Add(Map a, Map b) => Create(a.Channels, a.Height, a.Width, (c, y, x) => a[c, y, x] + b[c, y, x]);

    internal static Map Scale(Map a, double factor) => Create(a.Channels, a.Height, a.Width, (c, y, x) => a[c, y, x] * factor);

    /// <summary>Averages over a grid of equal regions, flattened channel by channel.</summary>
    internal static double[] Regions(Map input, int rows, int columns)
    {
        int height = input.Height / rows,
            width = input.Width / columns;
        return Create(
            input.Channels,
            rows,
            columns,
            (c, r, k) =>
            {
                double sum = 0;
                for (int y = r * height; y < (r + 1) * height; y++)
                    for (int x = k * width; x < (k + 1) * width; x++)
                        sum += input[c, y, x];
                return sum / (height * width);
            }
        ).Values;
    }

    internal double[] Linear(double[] input, string name)
    {
        double[] weight = Numbers(name + ".weight"),
            bias = Numbers(name + ".bias");
        return [.. bias.Select((b, o) => b + input.Select((v, i) => v * weight[(o * input.Length) + i]).Sum())];
    }

    private static int Pooled(int size, int kernel, int stride, int padding, bool ceiling)
    {
        int span = size + (2 * padding) - kernel;
        int count = (ceiling ? (span + stride - 1) / stride : span / stride) + 1;
        // A window that would begin beyond the image is omitted.
        return (count - 1) * stride >= size + padding ? count - 1 : count;
    }

    private static IEnumerable<double> Window(Map input, int c, int y, int x, int kernel, int stride, int padding)
    {
        for (int sy = Math.Max(0, (y * stride) - padding); sy < Math.Min(input.Height, (y * stride) - padding + kernel); sy++)
            for (int sx = Math.Max(0, (x * stride) - padding); sx < Math.Min(input.Width, (x * stride) - padding + kernel); sx++)
                yield return input[c, sy, sx];
    }

    private double[] Numbers(string name) => _state[name].Doubles();
}
