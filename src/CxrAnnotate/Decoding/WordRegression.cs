using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Logistic regressions of caption words on image features, with an L2 penalty, as the decoder's projection
/// (<see cref="FeatureProjection.WordRegression"/>). Features are standardised and divided by the square root of their number, so that one learning
/// rate and one penalty fit all networks. The logits of each word are standardised over the training rows.
/// </summary>
internal sealed class WordRegression : nn.Module, ITrainingProblem
{
    private const int MinimumCases = 5;

    private readonly DecoderExamples _rows;
    private readonly int[][] _words;
    private readonly int _count;
    private readonly Linear layer;
    private readonly Tensor _mean;
    private readonly Tensor _scale;
    private readonly int _seed;
    private (int Row, int View)[] _order = [];

    private WordRegression(DecoderExamples rows, float[] mean, float[] scale, int limit, int seed)
        : base(nameof(WordRegression))
    {
        (_rows, _seed) = (rows, seed);
        double length = Math.Sqrt(rows.FeatureSize);
        _mean = tensor(mean).DetachFromDisposeScope();
        _scale = tensor([.. scale.Select(s => (float)(s / length))]).DetachFromDisposeScope();
        string[] words =
        [
            .. rows
                .Captions.SelectMany(caption => caption.Distinct())
                .GroupBy(word => word, StringComparer.Ordinal)
                .Where(cases => cases.Count() >= MinimumCases && cases.Count() < rows.Count)
                .OrderByDescending(cases => cases.Count())
                .ThenBy(cases => cases.Key, StringComparer.Ordinal)
                .Take(limit)
                .Select(cases => cases.Key),
        ];
        _count = words.Length;
        _words = [.. rows.Captions.Select(caption => Enumerable.Range(0, _count).Where(k => caption.Contains(words[k])).ToArray())];
        layer = nn.Linear(rows.FeatureSize, Math.Max(_count, 1));
        nn.init.zeros_(layer.weight!);
        nn.init.zeros_(layer.bias!);
        RegisterComponents();
    }

    public int MinimumRows => 1;

    /// <summary>Fits the regressions and writes them into a decoder.</summary>
    /// <param name="decoder">A decoder with a projection.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="mean">The mean of each feature.</param>
    /// <param name="scale">What the decoder multiplies the difference to the mean by.</param>
    /// <param name="seed">The seed of the order of the rows.</param>
    /// <param name="cancellation">Cancels.</param>
    internal static void Fit(
        RecurrentDecoder decoder,
        DecoderExamples rows,
        float[] mean,
        float[] scale,
        int seed,
        CancellationToken cancellation
    )
    {
        using var regression = new WordRegression(rows, mean, scale, decoder.HiddenSize, seed);
        if (regression._count > 0)
            new TrainingLoop(regression, regression, OptimizationOptions.Regression).Run(cancellation);
        var (weight, bias) = regression.Projection(decoder.HiddenSize);
        decoder.SetProjection(weight, bias);
        regression._mean.Dispose();
        regression._scale.Dispose();
    }

    public int BeginEpoch(int epoch)
    {
        Random random = Seeds.At(_seed, epoch);
        int[] order = EpochSampler.Draw(_rows.Weights is { } weights ? [.. weights] : [.. Enumerable.Repeat(1f, _rows.Count)], null, _seed, epoch);
        _order = [.. order.Select(row => (row, random.Next(_rows.Views[row].Count)))];
        return _order.Length;
    }

    public Tensor Loss(int start, int count)
    {
        var features = new float[count * _rows.FeatureSize];
        var present = new float[count * _count];
        for (int i = 0; i < count; i++)
        {
            var (row, view) = _order[start + i];
            _rows.Views[row][view].CopyTo(features, i * _rows.FeatureSize);
            foreach (int word in _words[row])
                present[(i * _count) + word] = 1;
        }

        Tensor logits = Logits(tensor(features).reshape(count, -1));
        Tensor targets = tensor(present).reshape(count, -1);
        return nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction: nn.Reduction.Sum).Times(1.0 / count);
    }

    public string? FaultOf(int start, int count)
    {
        int at = Array.FindIndex(_order, start, count, place => !Array.TrueForAll(_rows.Views[place.Row][place.View], float.IsFinite));
        return at < 0 ? null : $"the features of row {_order[at].Row + 1} are not finite";
    }

    public (double Loss, double Score)? Validate() => null;

    private Tensor Logits(Tensor features) => layer.call(features.PlusScaled(_mean, -1).mul(_scale));

    /// <summary>The projection [features, units] of features that are standardised by the decoder, and its bias.</summary>
    private (float[] Weight, float[] Bias) Projection(int units)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        int size = _rows.FeatureSize;
        var weight = new float[size * units];
        var bias = new float[units];
        if (_count == 0)
            return (weight, bias);
        var (means, deviations) = Spread();
        float[] fitted = layer.weight!.Floats(),
            offsets = layer.bias!.Floats();
        double length = Math.Sqrt(size);
        for (int word = 0; word < _count; word++)
        {
            bias[word] = (float)((offsets[word] - means[word]) / deviations[word]);
            for (int i = 0; i < size; i++)
                weight[(i * units) + word] = (float)(fitted[(word * size) + i] / length / deviations[word]);
        }

        return (weight, bias);
    }

    /// <summary>Mean and standard deviation of each word's logits over all views of the training rows.</summary>
    private (double[] Mean, double[] Deviation) Spread()
    {
        var sums = new double[_count];
        var squares = new double[_count];
        int all = 0;
        foreach (float[][] chunk in _rows.Views.SelectMany(views => views).Chunk(256))
        {
            using var scope = NewDisposeScope();
            float[] logits = Logits(tensor(chunk.SelectMany(row => row).ToArray()).reshape(chunk.Length, -1)).Floats();
            all += chunk.Length;
            for (int i = 0; i < logits.Length; i++)
            {
                sums[i % _count] += logits[i];
                squares[i % _count] += (double)logits[i] * logits[i];
            }
        }

        double[] mean = [.. sums.Select(sum => sum / all)];
        return (mean, [.. squares.Select((square, k) => Math.Sqrt(Math.Max((square / all) - (mean[k] * mean[k]), 1e-6)))]);
    }
}
