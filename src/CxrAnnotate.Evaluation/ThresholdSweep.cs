namespace CxrAnnotate;

/// <summary>
/// Cases sorted once by falling score. A pass counts, for every threshold that separates two different scores, the positives and negatives at or
/// above it.
/// </summary>
internal sealed class ThresholdSweep
{
    private readonly int[] _case;
    private readonly bool[] _positive;
    private readonly int[] _end;

    internal ThresholdSweep(BinaryCases cases)
    {
        _case = [.. Enumerable.Range(0, cases.Count).OrderByDescending(i => cases.Scores[i])];
        _positive = [.. _case.Select(i => cases.Positive[i])];
        _end = [.. Enumerable.Range(1, cases.Count).Where(i => i == cases.Count || cases.Scores[_case[i]] != cases.Scores[_case[i - 1]])];
        Thresholds = [double.PositiveInfinity, .. _end.Select(end => cases.Scores[_case[end - 1]])];
    }

    /// <summary>The thresholds, falling: a case is called positive if its score is at least the threshold. The first calls none.</summary>
    internal double[] Thresholds { get; }

    /// <summary>The counts at each threshold.</summary>
    /// <param name="weights">How often each case counts; empty: once each.</param>
    internal SweepCounts Count(ReadOnlySpan<int> weights = default)
    {
        long[] hits = new long[Thresholds.Length],
            alarms = new long[Thresholds.Length];
        int i = 0;
        for (int k = 0; k < _end.Length; k++)
        {
            (long positive, long negative) = (hits[k], alarms[k]);
            for (; i < _end[k]; i++)
            {
                int weight = weights.IsEmpty ? 1 : weights[_case[i]];
                if (_positive[i])
                    positive += weight;
                else
                    negative += weight;
            }

            (hits[k + 1], alarms[k + 1]) = (positive, negative);
        }

        return new SweepCounts(hits, alarms);
    }
}

/// <summary>The positives (hits) and negatives (false alarms) at or above each threshold of a <see cref="ThresholdSweep"/>.</summary>
internal readonly record struct SweepCounts(long[] Hits, long[] Alarms)
{
    internal long Positives => Hits[^1];

    internal long Negatives => Alarms[^1];

    internal bool HasBoth => Positives > 0 && Negatives > 0;

    internal double Sensitivity(int k) => (double)Hits[k] / Positives;

    internal double FalsePositiveRate(int k) => (double)Alarms[k] / Negatives;

    internal double Specificity(int k) => 1 - FalsePositiveRate(k);

    /// <summary>Called positives that are positive; 1 where none is called.</summary>
    internal double Precision(int k) => Hits[k] + Alarms[k] == 0 ? 1 : (double)Hits[k] / (Hits[k] + Alarms[k]);
}
