using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// A trained image classifier: computes embeddings and label probabilities in batches. Scoring is thread-safe and touches no random state.
/// </summary>
internal sealed class ClassifierModel : IDisposable
{
    private readonly Device _device;
    private readonly ImagePreparer _preparer;
    private readonly float[]? _shift;
    private readonly LabelActivation _activation;

    /// <summary>The default batch size for scoring.</summary>
    internal int ScoringBatchSize => BatchSizeOn(_device.type);

    /// <summary>The CPU's value lies between the measured batch sizes of 8 and 32 (docs/results.md); the GPU's is not measured.</summary>
    internal static int BatchSizeOn(DeviceType device) => device == DeviceType.CPU ? 16 : 128;

    internal ClassifierModel(ClassifierConfiguration configuration, ImageNetwork network, Device device)
    {
        Configuration = configuration;
        Network = network;
        _device = device;
        _preparer = configuration.Preparer();
        _shift = configuration.LogitShift?.ToArray();
        _activation = LabelActivation.Of(configuration.LabelScheme);
        network.eval();
        Lifetime = new Lifetime(typeof(ClassifyDiseaseTransformer), network.Dispose);
    }

    /// <summary>Must be entered before using the network; <see cref="Score(int, Action{int, Memory{float}})"/> does so itself.</summary>
    internal Lifetime Lifetime { get; }

    internal ClassifierConfiguration Configuration { get; }

    internal ImageNetwork Network { get; }

    /// <summary>Embeddings and probabilities of images that a delegate reads (values in [0, 1], of the configuration's height and width).</summary>
    internal (float[][] Features, float[][] Scores) Score(int count, Action<int, Memory<float>> read)
    {
        using Lifetime.Use use = Lifetime.Enter();
        int crops = Configuration.ScoringCrops;
        var (features, scores) = Forward(Prepared(count, read), count * crops);
        return crops == 1 ? (features, scores) : (Means(features, crops), Means(scores, crops));
    }

    /// <summary>
    /// How much each place of the last feature maps contributes to the log-odds of labels (<see cref="ClassActivation"/>), on a grid over the whole
    /// image. Crops are averaged.
    /// </summary>
    /// <param name="count">The number of images.</param>
    /// <param name="read">Copies an image (values in [0, 1], of the configuration's height and width).</param>
    /// <param name="labels">The labels, as indices of the logits whose probabilities make them up.</param>
    /// <param name="byPlace">Whether a place has its own gradient; otherwise it has the mean over the places, as in Grad-CAM.</param>
    /// <param name="rows">Rows of the grid.</param>
    /// <param name="columns">Columns of the grid.</param>
    /// <returns>For each image and label one value per cell of the grid, row-major; null if the network has no maps.</returns>
    internal double[][][]? Contributions(
        int count,
        Action<int, Memory<float>> read,
        IReadOnlyList<int[]> labels,
        bool byPlace,
        int rows,
        int columns
    )
    {
        using Lifetime.Use use = Lifetime.Enter();
        int crops = Configuration.ScoringCrops;
        float[] prepared = Prepared(count, read);
        using var scope = NewDisposeScope();
        Tensor input = from_array(prepared).reshape(count * crops, _preparer.Channels, _preparer.Size, _preparer.Size).to(_device);
        var activation = new ClassActivation(Network, Configuration.LabelScheme, _shift);
        if (activation.Of(input, labels, byPlace) is not { } maps)
            return null;
        double[][][] placed = [.. Enumerable.Range(0, count).Select(_ => labels.Select(_ => new double[rows * columns]).ToArray())];
        foreach (ClassActivation.Grid map in maps)
        {
            for (int row = 0; row < count * crops; row++)
            {
                var (top, left) = _preparer.Corner(row % crops);
                double[] on = HeatMapCells.Place(
                    map.Values[row],
                    map.Height,
                    map.Width,
                    (
                        (double)top / _preparer.Height,
                        (double)left / _preparer.Width,
                        (double)_preparer.Size / _preparer.Height,
                        (double)_preparer.Size / _preparer.Width
                    ),
                    rows,
                    columns
                );
                double[] to = placed[row / crops][map.Label];
                for (int cell = 0; cell < to.Length; cell++)
                    to[cell] += on[cell] / crops;
            }
        }

        return placed;
    }

    /// <summary>The crops of images, as the network takes them.</summary>
    private float[] Prepared(int count, Action<int, Memory<float>> read)
    {
        int crops = Configuration.ScoringCrops;
        var prepared = new float[count * crops * _preparer.Length];
        Parallel.For(
            0,
            count,
            () => new float[_preparer.Height * _preparer.Width],
            (i, _, image) =>
            {
                read(i, image);
                for (int crop = 0; crop < crops; crop++)
                    _preparer.Prepare(image, prepared.AsSpan(((i * crops) + crop) * _preparer.Length, _preparer.Length), crop);
                return image;
            },
            _ => { }
        );
        return prepared;
    }

    /// <summary>Embeddings and probabilities of a set of images, in batches.</summary>
    internal (float[][] Features, float[][] Scores) Score(RadiographSet images, int batchSize = 32, CancellationToken cancellation = default)
    {
        var features = new float[images.Count][];
        var scores = new float[images.Count][];
        for (int start = 0; start < images.Count; start += batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(batchSize, images.Count - start);
            int first = start;
            var (f, s) = Score(count, (i, pixels) => images.CopyTo(first + i, pixels.Span));
            f.CopyTo(features, start);
            s.CopyTo(scores, start);
        }

        return (features, scores);
    }

    /// <summary>
    /// Embeddings of augmented variants of images (as in training), for a decoder that must not rely on the embeddings of images that the network has
    /// overfitted.
    /// </summary>
    /// <param name="count">The number of images.</param>
    /// <param name="read">Copies an image (values in [0, 1], of the configuration's height and width).</param>
    /// <param name="augmentation">The augmentation.</param>
    /// <param name="random">The random generator for each image.</param>
    /// <param name="mirror">Whether the images are mirrored left to right.</param>
    internal float[][] FeaturesOfView(
        int count,
        Action<int, Memory<float>> read,
        AugmentationOptions augmentation,
        Func<int, Random> random,
        bool mirror = false
    )
    {
        using Lifetime.Use use = Lifetime.Enter();
        var prepared = new float[count * _preparer.Length];
        Parallel.For(
            0,
            count,
            () => new float[_preparer.Height * _preparer.Width],
            (i, _, image) =>
            {
                read(i, image);
                _preparer.Prepare(image, prepared.AsSpan(i * _preparer.Length, _preparer.Length), augmentation, random(i), mirror);
                return image;
            },
            _ => { }
        );
        return Forward(prepared, count).Features;
    }

    /// <summary>
    /// <see cref="FeaturesOfView(int, Action{int, Memory{float}}, AugmentationOptions, Func{int, Random}, bool)"/> of a set, in batches.
    /// </summary>
    internal float[][] FeaturesOfView(
        RadiographSet images,
        AugmentationOptions augmentation,
        int seed,
        int view,
        bool mirror = false,
        int batchSize = 32,
        CancellationToken cancellation = default
    )
    {
        var features = new float[images.Count][];
        for (int start = 0; start < images.Count; start += batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = start;
            FeaturesOfView(
                    Math.Min(batchSize, images.Count - start),
                    (i, pixels) => images.CopyTo(first + i, pixels.Span),
                    augmentation,
                    i => Seeds.At(seed, view, first + i),
                    mirror
                )
                .CopyTo(features, start);
        }

        return features;
    }

    /// <summary>Frees the network once no call uses it.</summary>
    public void Dispose() => Lifetime.End();

    private (float[][] Features, float[][] Scores) Forward(float[] prepared, int count)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        int size = _preparer.Size;
        Tensor input = from_array(prepared).reshape(count, _preparer.Channels, size, size).to(_device);
        var (embedding, logits) = Network.call(input);
        if (_shift is not null)
            logits = logits.Plus(tensor(_shift).to(_device));
        return (Rows(embedding, count), Rows(_activation.Apply(logits), count));
    }

    private static float[][] Means(float[][] rows, int crops) =>
        [.. rows.Chunk(crops).Select(group => Enumerable.Range(0, group[0].Length).Select(i => group.Sum(row => row[i]) / crops).ToArray())];

    private static float[][] Rows(Tensor tensor, int count)
    {
        float[] values = tensor.Floats();
        int width = values.Length / Math.Max(count, 1);
        var rows = new float[count][];
        for (int i = 0; i < count; i++)
            rows[i] = values.AsSpan(i * width, width).ToArray();
        return rows;
    }
}
