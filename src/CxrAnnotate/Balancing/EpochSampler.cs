namespace CxrAnnotate;

/// <summary>
/// Draws the rows of an epoch by their sampling weights. Depends only on its arguments: the same on every platform and in every process.
/// </summary>
internal static class EpochSampler
{
    /// <summary>
    /// The rows of an epoch in order. Row i occurs floor(w) times and once more with probability w - floor(w), redrawn each epoch; the draws of a
    /// class add up to its expected number within one row. The draws of a class are spread evenly: the epoch is divided into as many equal parts as
    /// the class has draws, with one draw at a random place in each. So every mini-batch has nearly the class mix of the epoch, and copies of a row
    /// are far apart.
    /// </summary>
    /// <param name="weights">Expected draws of each row, finite and 0 or more.</param>
    /// <param name="labels">The class of each row, -1 if unknown (drawn as a separate class); null spreads all rows as one class.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <exception cref="ArgumentException">The arrays differ in length, or a weight is negative or not finite.</exception>
    internal static int[] Draw(float[] weights, int[]? labels, int seed, int epoch)
    {
        if (labels is not null && labels.Length != weights.Length)
            throw new ArgumentException(ErrorCode.LengthMismatch.Message($"{weights.Length} weights but {labels.Length} labels."), nameof(labels));
        for (int row = 0; row < weights.Length; row++)
        {
            if (!(weights[row] >= 0 && float.IsFinite(weights[row])))
                throw new ArgumentException(
                    ErrorCode.OptionOutOfRange.Message($"The sampling weight of row {row} is {weights[row]}; it must be finite and 0 or more."),
                    nameof(weights)
                );
        }

        SplitMix64 random = new(SplitMix64.Mix((uint)seed | ((ulong)(uint)epoch << 32)));
        List<(double Place, int Row)> places = [];
        foreach (
            IGrouping<int, int> rows in Enumerable
                .Range(0, weights.Length)
                .Where(row => weights[row] > 0)
                .GroupBy(row => labels?[row] ?? 0)
                .OrderBy(g => g.Key)
        )
        {
            List<int> draws = DrawClass([.. rows], weights, ref random);
            for (int i = 0; i < draws.Count; i++)
                places.Add(((i + random.NextDouble()) / draws.Count, draws[i]));
        }
        // A stable order, should two places ever be equal.
        return [.. places.OrderBy(p => p.Place).Select(p => p.Row)];
    }

    /// <summary>Draws of one class: rounds through its rows, each in a new order.</summary>
    private static List<int> DrawClass(int[] rows, float[] weights, ref SplitMix64 random)
    {
        // Systematic sampling over rows in random order: each row is drawn floor(w) times or, with probability w - floor(w), once more.
        Shuffle(rows, ref random);
        int[] copies = new int[rows.Length];
        double sum = random.NextDouble();
        for (int i = 0; i < rows.Length; i++)
        {
            double whole = Math.Floor(weights[rows[i]]),
                before = Math.Floor(sum);
            sum += weights[rows[i]] - whole;
            copies[i] = checked((int)(whole + Math.Floor(sum) - before));
        }

        int[] order = new int[rows.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        List<int> draws = [];
        for (int round = 0; ; round++)
        {
            Shuffle(order, ref random);
            int drawn = draws.Count;
            foreach (int i in order)
            {
                if (copies[i] > round)
                    draws.Add(rows[i]);
            }
            if (draws.Count == drawn)
                return draws;
        }
    }

    private static void Shuffle(int[] items, ref SplitMix64 random)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)(random.NextDouble() * (i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
