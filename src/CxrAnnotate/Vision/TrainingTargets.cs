using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// What an image network is to predict of each training row, as it is or mirrored: labels, and words of the caption if it learns them.
/// </summary>
internal sealed class TrainingTargets
{
    private readonly LabelledImages _rows;
    private readonly LabelObjective _objective;
    private readonly WordTargets? _words;
    private readonly double _wordWeight;
    private readonly Device _device;
    private readonly bool _split;

    /// <param name="rows">The training rows.</param>
    /// <param name="labels">The labels, in the order of the logits.</param>
    /// <param name="objective">The objective of the labels.</param>
    /// <param name="wordWeight">The weight of the words' loss; 0 learns no words.</param>
    /// <param name="device">The device of the losses.</param>
    internal TrainingTargets(LabelledImages rows, IReadOnlyList<string> labels, LabelObjective objective, double wordWeight, Device device)
    {
        (_rows, _objective, _wordWeight, _device) = (rows, objective, wordWeight, device);
        _words = wordWeight > 0 && rows.Captions is not null ? new WordTargets(rows.Captions) : null;
        Labels = labels.Count;
        _split = BaseLabels.Indices(labels).Distinct().Count() < labels.Count;
        Strata = [.. rows.Truth.Select(rows.Scheme.Stratum)];
    }

    /// <summary>The number of labels.</summary>
    internal int Labels { get; }

    /// <summary>The number of words; 0 if none are learnt.</summary>
    internal int Words => _words?.Words.Count ?? 0;

    /// <summary>The class of each row for <see cref="EpochSampler"/>.</summary>
    internal int[] Strata { get; }

    /// <summary>Whether a row may be mirrored.</summary>
    internal bool CanMirror(int row) => _rows.Captions is null || WordTargets.CanMirror(_rows.Captions[row]);

    /// <summary>Room for the targets of some rows.</summary>
    internal (float[] Labels, float[] Words) Room(int count) => (new float[count * Labels], new float[count * Words]);

    /// <summary>Writes the targets of a row into a place of <see cref="Room"/>. Called by several threads at once.</summary>
    internal void Fill((float[] Labels, float[] Words) room, int place, int row, bool mirrored)
    {
        bool anyOfBase = mirrored && _split && (_rows.Captions is null || WordTargets.HasSide(_rows.Captions[row]));
        _objective.Fill(row, anyOfBase, room.Labels.AsSpan(place * Labels, Labels));
        _words?.Fill(row, mirrored, room.Words.AsSpan(place * Words, Words));
    }

    /// <summary>The loss of a mini-batch.</summary>
    /// <param name="logits">[B, K].</param>
    /// <param name="words">[B, W], or null if no words are learnt.</param>
    /// <param name="targets">The targets of B rows.</param>
    internal Tensor Loss(Tensor logits, Tensor? words, (float[] Labels, float[] Words) targets)
    {
        Tensor loss = _objective.Loss(logits, targets.Labels);
        if (words is null)
            return loss;
        long count = logits.shape[0];
        Tensor present = tensor(targets.Words).reshape(count, -1).to(_device);
        Tensor binary = nn.functional.binary_cross_entropy_with_logits(words, present, reduction: nn.Reduction.Sum);
        return loss.Plus(binary.Times(_wordWeight / count));
    }
}
