namespace CxrAnnotate;

/// <summary>Cases sorted once by a score, so that the area under a ROC or precision-recall curve takes one pass for any resample.</summary>
internal sealed class Ranking
{
    private readonly int[] _case;
    private readonly bool[] _positive;
    private readonly double[] _score;

    /// <param name="cases">The cases to rank, as indices into the weights given later.</param>
    /// <param name="score">The scores, by position in <paramref name="cases"/>; higher means more likely positive.</param>
    /// <param name="positive">The truth, by position in <paramref name="cases"/>.</param>
    internal Ranking(IReadOnlyList<int> cases, IReadOnlyList<double> score, IReadOnlyList<bool> positive)
    {
        int[] order = [.. Enumerable.Range(0, cases.Count).OrderBy(i => score[i])];
        _case = [.. order.Select(i => cases[i])];
        _score = [.. order.Select(i => score[i])];
        _positive = [.. order.Select(i => positive[i])];
    }

    /// <summary>
    /// The probability that a positive outranks a negative, ties counting half (mid-ranks). NaN if either class is empty.
    /// </summary>
    /// <param name="weights">How often each case counts; empty: once each.</param>
    internal double Auroc(ReadOnlySpan<int> weights = default)
    {
        long positives = 0,
            negatives = 0;
        double wins = 0;
        for (int start = 0; start < _case.Length;)
        {
            (int end, long tiedPositive, long tiedNegative) = Tie(start, weights, step: 1);
            wins += tiedPositive * (negatives + 0.5 * tiedNegative);
            positives += tiedPositive;
            negatives += tiedNegative;
            start = end;
        }

        return positives == 0 || negatives == 0 ? double.NaN : wins / positives / negatives;
    }

    /// <summary>
    /// Average precision: the area under the stepwise precision-recall curve, one step per distinct score. NaN if no case is positive.
    /// </summary>
    /// <param name="weights">How often each case counts; empty: once each.</param>
    internal double AveragePrecision(ReadOnlySpan<int> weights = default)
    {
        long positives = 0,
            seen = 0;
        double area = 0;
        for (int start = _case.Length - 1; start >= 0;)
        {
            (int end, long tiedPositive, long tiedNegative) = Tie(start, weights, step: -1);
            positives += tiedPositive;
            seen += tiedPositive + tiedNegative;
            if (tiedPositive > 0)
                area += tiedPositive * ((double)positives / seen);
            start = end;
        }

        return positives == 0 ? double.NaN : area / positives;
    }

    /// <summary>
    /// The area under the precision-recall-gain curve (Flach and Kull, NeurIPS 2015) where the recall gain is not negative: 1 for a perfect ranking,
    /// 0 for one score for all, negative below. Between two scores the curve is a straight line, as in ROC space. NaN if either class is empty.
    /// </summary>
    /// <param name="weights">How often each case counts; empty: once each.</param>
    internal double PrecisionRecallGainArea(ReadOnlySpan<int> weights = default)
    {
        long positives = 0,
            negatives = 0;
        for (int i = 0; i < _case.Length; i++)
        {
            int weight = weights.IsEmpty ? 1 : weights[_case[i]];
            if (_positive[i])
                positives += weight;
            else
                negatives += weight;
        }

        if (positives == 0 || negatives == 0)
            return double.NaN;

        // Both gains are 1 - (positives / negatives) * errors / hits, with false positives and misses as the errors.
        double ratio = (double)positives / negatives,
            origin = (double)positives * positives / (positives + negatives),
            hits = 0,
            wrong = 0,
            area = 0;
        double Gain(double errors, double of) => 1 - (ratio * errors / of);
        for (int start = _case.Length - 1; start >= 0;)
        {
            (int end, long tiedPositive, long tiedNegative) = Tie(start, weights, step: -1);
            double nextHits = hits + tiedPositive,
                nextWrong = wrong + tiedNegative;
            if (nextHits > origin && tiedPositive > 0)
            {
                // The part of the step before the recall gain is 0 does not count.
                double skipped = Math.Max(0, (origin - hits) / tiedPositive),
                    fromHits = hits + (skipped * tiedPositive),
                    fromWrong = wrong + (skipped * tiedNegative);
                area +=
                    (Gain(positives - nextHits, nextHits) - Gain(positives - fromHits, fromHits))
                    * (Gain(fromWrong, fromHits) + Gain(nextWrong, nextHits))
                    / 2;
            }

            (hits, wrong, start) = (nextHits, nextWrong, end);
        }

        return area;
    }

    private (int End, long Positive, long Negative) Tie(int start, ReadOnlySpan<int> weights, int step)
    {
        long positive = 0,
            negative = 0;
        int i = start;
        for (; (uint)i < (uint)_case.Length && _score[i] == _score[start]; i += step)
        {
            int weight = weights.IsEmpty ? 1 : weights[_case[i]];
            if (_positive[i])
                positive += weight;
            else
                negative += weight;
        }

        return (i, positive, negative);
    }
}
