using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>An image network's training for the training loop. The images of the next mini-batch are prepared while one is computed.</summary>
/// <param name="network">The network with its heads.</param>
/// <param name="model">The same network, for validation.</param>
/// <param name="train">The training rows.</param>
/// <param name="validation">The validation rows, or null.</param>
/// <param name="targets">The targets of the training rows.</param>
/// <param name="objective">The objective of the labels.</param>
/// <param name="options">Augmentation and batch size.</param>
/// <param name="seed">Seed of order and augmentation.</param>
/// <param name="device">The device of the network.</param>
/// <param name="minimumRows">The fewest rows of a mini-batch.</param>
internal sealed class ClassifierProblem(
    SupervisedNetwork network,
    ClassifierModel model,
    LabelledImages train,
    LabelledImages? validation,
    TrainingTargets targets,
    LabelObjective objective,
    ClassifyDiseaseOptions options,
    int seed,
    Device device,
    int minimumRows
) : ITrainingProblem
{
    private readonly ImagePreparer _preparer = model.Configuration.Preparer();
    private int[] _order = [];
    private int _epoch;
    private (int Start, int Count, Task<Batch> Work)? _next;

    public int MinimumRows => minimumRows;

    public string? FaultOf(int start, int count)
    {
        Batch batch = Prepare(start, count);
        int at = Array.FindIndex(batch.Pixels, pixel => !float.IsFinite(pixel));
        return at < 0 ? null : $"the image of row {_order[start + (at / _preparer.Length)] + 1} has non-finite values";
    }

    public int BeginEpoch(int epoch)
    {
        _epoch = epoch;
        _next = null;
        _order = EpochSampler.Draw(train.Weights, targets.Strata, seed, epoch);
        return _order.Length;
    }

    public Tensor Loss(int start, int count)
    {
        Batch batch =
            _next is { } next && next.Start == start && next.Count == count ? next.Work.GetAwaiter().GetResult() : Prepare(start, count);
        int following = start + count;
        int followingCount = MiniBatches.CountAt(following, _order.Length, options.Optimization.BatchSize, MinimumRows);
        _next = followingCount > 0 ? (following, followingCount, Task.Run(() => Prepare(following, followingCount))) : null;

        int size = _preparer.Size;
        Tensor input = tensor(batch.Pixels).reshape(count, _preparer.Channels, size, size).to(device);
        var (logits, words) = network.Forward(input);
        return targets.Loss(logits, words, batch.Targets);
    }

    public (double Loss, double Score)? Validate()
    {
        network.CopyHeads();
        return validation is { Count: > 0 }
            ? objective.Validate(model.Score(validation.Images, cancellation: options.Cancellation).Scores, validation)
            : null;
    }

    private Batch Prepare(int start, int count)
    {
        var batch = new Batch(new float[count * _preparer.Length], targets.Room(count));
        Parallel.For(
            0,
            count,
            () => new float[_preparer.Height * _preparer.Width],
            (i, _, image) =>
            {
                int row = _order[start + i];
                Random random = Seeds.At(seed, _epoch, start + i);
                bool mirror = random.NextDouble() < options.Augmentation.Mirror && targets.CanMirror(row);
                train.Images.CopyTo(row, image);
                _preparer.Prepare(image, batch.Pixels.AsSpan(i * _preparer.Length, _preparer.Length), options.Augmentation, random, mirror);
                targets.Fill(batch.Targets, i, row, mirror);
                return image;
            },
            _ => { }
        );
        return batch;
    }

    /// <param name="Pixels">The prepared images.</param>
    /// <param name="Targets">What they are to give.</param>
    private sealed record Batch(float[] Pixels, (float[] Labels, float[] Words) Targets);
}
