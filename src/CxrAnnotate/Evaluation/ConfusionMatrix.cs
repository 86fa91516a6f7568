namespace CxrAnnotate;

/// <summary>Counts of true label by predicted label, and what is read off them. Definitions are scikit-learn's.</summary>
internal sealed class ConfusionMatrix
{
    private readonly long[,] _counts;
    private readonly long[] _support;
    private readonly long[] _predicted;
    private readonly int _labels;

    /// <param name="labels">The number of labels.</param>
    /// <param name="truth">True label by case, 0-based; cases with -1 are left out.</param>
    /// <param name="predicted">Predicted label by case; -1: none, which is never right.</param>
    /// <param name="weights">How often each case counts; empty: once each.</param>
    internal ConfusionMatrix(int labels, ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, ReadOnlySpan<int> weights = default)
    {
        _labels = labels;
        _counts = new long[labels, labels];
        _support = new long[labels];
        _predicted = new long[labels];
        for (int i = 0; i < truth.Length; i++)
        {
            int weight = weights.IsEmpty ? 1 : weights[i];
            if (truth[i] < 0 || weight == 0)
                continue;
            _support[truth[i]] += weight;
            Total += weight;
            if (predicted[i] < 0)
                continue;
            _predicted[predicted[i]] += weight;
            _counts[truth[i], predicted[i]] += weight;
        }
    }

    /// <summary>The number of cases with a true label.</summary>
    internal long Total { get; }

    internal long this[int truth, int predicted] => _counts[truth, predicted];

    /// <summary>The number of cases whose true label this is.</summary>
    internal long Support(int label) => _support[label];

    /// <summary>The share of right predictions; NaN without cases.</summary>
    internal double Accuracy => (double)Enumerable.Range(0, _labels).Sum(k => _counts[k, k]) / Total;

    /// <summary>The accuracy of always naming the label that is most frequent among these cases.</summary>
    internal double MajorityAccuracy => Total == 0 ? double.NaN : (double)_support.Max() / Total;

    /// <summary>The mean recall over the labels that occur in the truth.</summary>
    internal double BalancedAccuracy => Mean(Enumerable.Range(0, _labels).Where(k => _support[k] > 0).Select(Recall));

    /// <summary>The mean F1 over the labels that occur in the truth or in the predictions.</summary>
    internal double MacroF1 => Mean(Enumerable.Range(0, _labels).Where(k => _support[k] + _predicted[k] > 0).Select(F1));

    /// <summary>Cohen's kappa: agreement beyond chance. NaN where chance alone explains everything (one label only).</summary>
    internal double Kappa
    {
        get
        {
            double chance = 0;
            for (int k = 0; k < _labels; k++)
                chance += (double)_support[k] / Total * _predicted[k] / Total;
            return chance >= 1 ? double.NaN : (Accuracy - chance) / (1 - chance);
        }
    }

    /// <summary>The share of predictions of this label that are right; 0 where it is never predicted, NaN where it does not occur at all.</summary>
    internal double Precision(int label) => Ratio(label, _predicted[label]);

    /// <summary>
    /// The share of cases of this label that are found; 0 where it is predicted but does not occur, NaN where it does not occur at all.
    /// </summary>
    internal double Recall(int label) => Ratio(label, _support[label]);

    /// <summary>The harmonic mean of precision and recall; NaN where the label occurs in neither truth nor predictions.</summary>
    internal double F1(int label)
    {
        long all = _support[label] + _predicted[label];
        return all == 0 ? double.NaN : 2.0 * _counts[label, label] / all;
    }

    private double Ratio(int label, long of) =>
        _support[label] + _predicted[label] == 0 ? double.NaN
        : of == 0 ? 0
        : (double)_counts[label, label] / of;

    private static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
}
