using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The heads' training for the training loop: each draw of a row is one of its views.</summary>
/// <param name="heads">The heads.</param>
/// <param name="features">The features of the training rows.</param>
/// <param name="train">The training rows.</param>
/// <param name="targets">Their targets.</param>
/// <param name="seed">Seed of order and views.</param>
/// <param name="device">The device of the heads.</param>
internal sealed class HeadProblem(
    TransferHeads heads,
    FeatureViews features,
    LabelledImages train,
    TrainingTargets targets,
    int seed,
    Device device
) : ITrainingProblem
{
    private readonly int[] _plain = [.. Enumerable.Range(0, features.Views.Count).Where(view => !features.Views[view].Mirrored)];
    private (int Row, int View)[] _order = [];

    public int MinimumRows => 1;

    public int BeginEpoch(int epoch)
    {
        Random random = Seeds.At(seed, epoch);
        _order =
        [
            .. EpochSampler.Draw(train.Weights, targets.Strata, seed, epoch).Select(row => (row, ViewOf(row, random))),
        ];
        return _order.Length;
    }

    public Tensor Loss(int start, int count)
    {
        var wanted = targets.Room(count);
        var rows = new float[count * features.Size];
        for (int i = 0; i < count; i++)
        {
            var (row, view) = _order[start + i];
            features.Views[view].Features[row].CopyTo(rows, i * features.Size);
            targets.Fill(wanted, i, row, features.Views[view].Mirrored);
        }

        var (logits, words) = heads.call(tensor(rows).reshape(count, features.Size).to(device));
        return targets.Loss(logits, words, wanted);
    }

    public string? FaultOf(int start, int count)
    {
        int at = Array.FindIndex(
            _order,
            start,
            count,
            place => !Array.TrueForAll(features.Views[place.View].Features[place.Row], float.IsFinite)
        );
        return at < 0 ? null : $"the features of row {_order[at].Row + 1} are not finite";
    }

    public (double Loss, double Score)? Validate() => null;

    private int ViewOf(int row, Random random) =>
        targets.CanMirror(row) ? random.Next(features.Views.Count) : _plain[random.Next(_plain.Length)];
}
