using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The training objective of an image network under a label scheme: targets, loss, validation score, thresholds.</summary>
/// <param name="labels">The labels, in the order of the logits.</param>
internal abstract class LabelObjective(IReadOnlyList<string> labels)
{
    internal abstract LabelScheme Scheme { get; }

    /// <summary>Added to the logits of the trained network; null adds nothing.</summary>
    internal abstract IReadOnlyList<float>? LogitShift { get; }

    /// <summary>The initial thresholds; null if the scheme has none.</summary>
    internal virtual IReadOnlyList<float>? Thresholds => null;

    /// <summary>The index of each label's base label.</summary>
    protected int[] BaseOf { get; } = BaseLabels.Indices(labels);

    /// <summary>The objective for the training rows.</summary>
    internal static LabelObjective Of(ClassifyDiseaseOptions options, IReadOnlyList<string> labels, LabelledImages train, Device device) =>
        train.Scheme switch
        {
            ExclusiveLabels => new ExclusiveObjective(options, labels, train, device),
            IndependentFindings => new IndependentObjective(options, labels, train.Truth, device),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Writes the targets of a training row. Called by several threads at once.</summary>
    /// <param name="row">The row.</param>
    /// <param name="anyOfBase">Whether it may belong to any part of its base labels, since it was mirrored.</param>
    /// <param name="targets">One value per label, as <see cref="Loss"/> expects them.</param>
    internal abstract void Fill(int row, bool anyOfBase, Span<float> targets);

    /// <summary>The loss of a mini-batch.</summary>
    /// <param name="logits">[B, K].</param>
    /// <param name="targets">B * K values that <see cref="Fill"/> wrote.</param>
    internal abstract Tensor Loss(Tensor logits, float[] targets);

    /// <summary>Loss and score of the network's probabilities on validation rows; null if none of them is labelled.</summary>
    internal abstract (double Loss, double Score)? Validate(float[][] scores, LabelledImages rows);

    /// <summary>The thresholds chosen on rows; null if the scheme has none, or there are no rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="score">Computes the network's probabilities of the rows.</param>
    internal virtual IReadOnlyList<float>? ChooseThresholds(LabelledImages rows, Func<float[][]> score) => null;
}

/// <summary>Softmax cross-entropy with label smoothing; the score is the mean recall of the base labels.</summary>
internal sealed class ExclusiveObjective(ClassifyDiseaseOptions options, IReadOnlyList<string> labels, LabelledImages train, Device device)
    : LabelObjective(labels)
{
    private readonly int[] _labels = [.. train.Truth.Select(ExclusiveLabels.LabelOf)];

    internal override LabelScheme Scheme => LabelScheme.Exclusive;

    internal override IReadOnlyList<float>? LogitShift { get; } =
        options.PriorCorrection > 0
            ? ClassifierTrainer.PriorShift([.. train.Truth.Select(ExclusiveLabels.LabelOf)], train.Weights, labels.Count, options.PriorCorrection)
            : null;

    /// <summary>Writes the summand of each label's log-probability: 0 for the row's own label, minus infinity for the others.</summary>
    internal override void Fill(int row, bool anyOfBase, Span<float> targets)
    {
        int label = _labels[row];
        for (int k = 0; k < targets.Length; k++)
            targets[k] = k == label || (anyOfBase && BaseOf[k] == BaseOf[label]) ? 0 : float.NegativeInfinity;
    }

    internal override Tensor Loss(Tensor logits, float[] targets)
    {
        Tensor logProbability = logits.log_softmax(1);
        // A mirrored image whose label depends on the side counts for all parts of its base label: the log of their summed probabilities.
        Tensor allowed = tensor(targets).reshape(logits.shape[0], -1).to(device);
        Tensor hit = logProbability.Plus(allowed).logsumexp(1);
        Tensor loss = hit.mean().neg();
        return options.LabelSmoothing > 0
            ? loss.Times(1 - options.LabelSmoothing).Plus(logProbability.mean().Times(-options.LabelSmoothing))
            : loss;
    }

    internal override (double Loss, double Score)? Validate(float[][] scores, LabelledImages rows)
    {
        double loss = 0;
        int known = 0;
        var right = new Dictionary<int, (int Right, int All)>();
        for (int i = 0; i < scores.Length; i++)
        {
            int label = ExclusiveLabels.LabelOf(rows.Truth[i]);
            if (label < 0)
                continue;
            known++;
            loss -= Math.Log(Math.Max(scores[i][label], 1e-12));
            int truth = BaseOf[label];
            int predicted = BaseLabels.ArgMax(BaseOf, scores[i]);
            var (r, all) = right.GetValueOrDefault(truth);
            right[truth] = (r + (predicted == truth ? 1 : 0), all + 1);
        }

        return known == 0 ? null : (loss / known, right.Values.Average(c => (double)c.Right / c.All));
    }
}

/// <summary>A binary loss per finding, which weighs rare findings more; the score is the best macro-F1 over all thresholds.</summary>
internal sealed class IndependentObjective : LabelObjective
{
    private readonly ClassifyDiseaseOptions _options;
    private readonly float[][] _truth;
    private readonly MultiLabelLoss _loss;
    private readonly int[][] _parts;

    internal IndependentObjective(ClassifyDiseaseOptions options, IReadOnlyList<string> labels, float[][] truth, Device device)
        : base(labels)
    {
        (_options, _truth) = (options, truth);
        _parts = [.. BaseOf.Select(of => Enumerable.Range(0, BaseOf.Length).Where(part => BaseOf[part] == of).ToArray())];
        MultiLabelOptions own = options.MultiLabel;
        float[] presence = LabelThresholds.PositiveWeights(truth, labels.Count, own.PositiveBalance, own.MaximumPositiveWeight);
        _loss = new MultiLabelLoss(own, presence, device);
        // Weighting present findings by w multiplies the predicted odds by w.
        LogitShift =
            own.Loss == BinaryLoss.CrossEntropy && options.PriorCorrection > 0
                ? [.. presence.Select(w => (float)(-options.PriorCorrection * Math.Log(w)))]
                : null;
    }

    internal override LabelScheme Scheme => LabelScheme.Independent;

    internal override IReadOnlyList<float>? LogitShift { get; }

    internal override IReadOnlyList<float>? Thresholds => [.. Enumerable.Repeat(LabelThresholds.Fallback, BaseOf.Length)];

    /// <summary>Writes the row's findings. For a mirrored image, the part of a split finding is unknown.</summary>
    internal override void Fill(int row, bool anyOfBase, Span<float> targets)
    {
        float[] findings = _truth[row];
        findings.CopyTo(targets);
        if (!anyOfBase)
            return;
        for (int k = 0; k < findings.Length; k++)
        {
            if (findings[k] != 1 || _parts[k].Length == 1)
                continue;
            foreach (int part in _parts[k])
                targets[part] = float.NaN;
        }
    }

    internal override Tensor Loss(Tensor logits, float[] targets) => _loss.Of(logits, targets);

    internal override (double Loss, double Score)? Validate(float[][] scores, LabelledImages rows)
    {
        int bases = BaseOf.Max() + 1;
        float[][] folded = [.. scores.Select(s => Scheme.Fold(BaseOf, s))];
        float[][] truth = [.. rows.Truth.Select(t => Scheme.Fold(BaseOf, t))];
        double loss = 0;
        int known = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            for (int k = 0; k < bases; k++)
            {
                if (float.IsNaN(truth[i][k]))
                    continue;
                known++;
                loss -= Math.Log(Math.Max(truth[i][k] == 1 ? folded[i][k] : 1 - (double)folded[i][k], 1e-12));
            }
        }

        return known == 0 ? null : (loss / known, LabelThresholds.BestMacroF1(folded, truth, bases) ?? -loss / known);
    }

    internal override IReadOnlyList<float>? ChooseThresholds(LabelledImages rows, Func<float[][]> score)
    {
        if (rows.Count == 0)
            return null;
        float[] chosen = LabelThresholds.Choose(
            [.. score().Select(s => Scheme.Fold(BaseOf, s))],
            [.. rows.Truth.Select(t => Scheme.Fold(BaseOf, t))],
            BaseOf.Max() + 1,
            _options.MultiLabel.MinimumThresholdCases
        );
        return [.. BaseOf.Select(b => chosen[b])];
    }
}
