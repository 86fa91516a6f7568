
namespace CxrAnnotate.Tests;

/// <summary>The decoder's equations as plain loops in double precision, with the same weights: the reference for the network.</summary>
internal sealed class LoopDecoder(RecurrentDecoder decoder, RecurrentCell cell, int layers, FeatureRegions? regions = null)
{
    private readonly Dictionary<string, (double[] Values, long[] Shape)> _weights = decoder
        .state_dict()
        .ToDictionary(p => p.Key, p => (p.Value.Doubles(), p.Value.shape));

    /// <summary>The logits, the top hidden states and the weights of the regions after each word of a sequence.</summary>
    internal (double[][] Logits, double[][] Hidden, double[][] Attention) Run(float[] features, int[] words)
    {
        int size = (int)_weights["output"].Shape[0];
        double[] image = [.. features.Select((f, i) => (f - _weights["feature_mean"].Values[i]) * _weights["feature_scale"].Values[i])];
        double[][] seen = regions is null ? [] : [.. Enumerable.Range(0, regions.Count).Select(i => Region(image, regions, i))];
        if (_weights.ContainsKey("projection"))
            image = Add(Multiply(image, "projection"), _weights["projection_bias"].Values);
        double[][] h = [.. Enumerable.Range(0, layers).Select(_ => image)];
        double[][] c = [.. Enumerable.Range(0, layers).Select(_ => image)];
        var logits = new List<double[]>();
        var tops = new List<double[]>();
        var attention = new List<double[]>();
        foreach (int word in words)
        {
            double[] x = new double[_weights["layer0.input"].Shape[0]];
            x[word] = 1;
            for (int l = 0; l < layers; l++)
            {
                (h[l], c[l]) = cell == RecurrentCell.Lstm ? Lstm($"layer{l}.", x, h[l], c[l], size) : (Gru($"layer{l}.", x, h[l], size), c[l]);
                x = h[l];
            }

            tops.Add(x);
            if (regions is not null)
            {
                attention.Add(Attend(x, seen));
                x = Add(x, Multiply(Mean(seen, attention[^1]), "attention.context"));
            }

            logits.Add(Add(Multiply(x, "output"), _weights["output_bias"].Values));
        }

        return ([.. logits], [.. tops], [.. attention]);
    }

    /// <summary>The features of a region: one of each channel.</summary>
    private static double[] Region(double[] features, FeatureRegions regions, int region) =>
        [.. Enumerable.Range(0, regions.Channels).Select(channel => features[regions.Offset + (channel * regions.Count) + region])];

    private double[] Attend(double[] hidden, double[][] seen)
    {
        double[] score = _weights["attention.score"].Values;
        double[] energies =
        [
            .. seen.Select(region =>
                Add(Add(Multiply(region, "attention.region"), Multiply(hidden, "attention.hidden")), _weights["attention.bias"].Values)
                    .Select((value, k) => Math.Tanh(value) * score[k])
                    .Sum()
            ),
        ];
        double all = energies.Sum(Math.Exp);
        return [.. energies.Select(energy => Math.Exp(energy) / all)];
    }

    private static double[] Mean(double[][] seen, double[] weights) =>
        [.. Enumerable.Range(0, seen[0].Length).Select(channel => seen.Zip(weights, (region, weight) => region[channel] * weight).Sum())];

    private (double[] H, double[] C) Lstm(string layer, double[] x, double[] h, double[] c, int size)
    {
        double[] a = Add(
            Add(Multiply(x, layer + "input"), _weights[layer + "input_bias"].Values),
            Add(Multiply(h, layer + "hidden"), _weights[layer + "hidden_bias"].Values)
        );
        double[] next = new double[size],
            cellState = new double[size];
        for (int j = 0; j < size; j++)
        {
            double i = Sigmoid(a[j]),
                f = Sigmoid(a[size + j]),
                o = Sigmoid(a[(2 * size) + j]),
                g = Math.Tanh(a[(3 * size) + j]);
            cellState[j] = (f * c[j]) + (i * g);
            next[j] = o * Math.Tanh(cellState[j]);
        }

        return (next, cellState);
    }

    private double[] Gru(string layer, double[] x, double[] h, int size)
    {
        double[] fromInput = Add(Multiply(x, layer + "input"), _weights[layer + "input_bias"].Values);
        double[] fromState = Add(Multiply(h, layer + "hidden"), _weights[layer + "hidden_bias"].Values);
        double[] z = new double[size],
            reset = new double[size],
            next = new double[size];
        for (int j = 0; j < size; j++)
        {
            z[j] = Sigmoid(fromInput[j] + fromState[j]);
            reset[j] = Sigmoid(fromInput[size + j] + fromState[size + j]) * h[j];
        }

        double[] fromReset = Add(Multiply(reset, layer + "hidden"), _weights[layer + "hidden_bias"].Values);
        for (int j = 0; j < size; j++)
            next[j] = (z[j] * Math.Tanh(fromInput[(2 * size) + j] + fromReset[(2 * size) + j])) + ((1 - z[j]) * h[j]);
        return next;
    }

    private double[] Multiply(double[] x, string name)
    {
        var (values, shape) = _weights[name];
        double[] y = new double[shape[1]];
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < y.Length; j++)
                y[j] += x[i] * values[(i * y.Length) + j];
        }

        return y;
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
