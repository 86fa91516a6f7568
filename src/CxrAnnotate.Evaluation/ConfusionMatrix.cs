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
    internal double BalancedAccuracy => Mean(Enumerable.Range(0, _labels).Where(k => _support[k] > 0).Select(k => Counts(k).Recall));

    /// <summary>The mean F1 over the labels that occur in the truth or in the predictions.</summary>
    internal double MacroF1 => DecisionCounts.MacroF1(Enumerable.Range(0, _labels).Select(Counts));

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

    /// <summary>The counts of a label's decisions.</summary>
    internal DecisionCounts Counts(int label) => new(_counts[label, label], _predicted[label], _support[label]);

    private static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
}
