namespace CxrAnnotate;

/// <summary>Computes sampling weights from class sizes: the expected draws of a row of each class per epoch.</summary>
internal static class ClassWeights
{
    /// <summary>The weight of each class; 0 for a class without rows.</summary>
    /// <param name="names">The classes.</param>
    /// <param name="counts">Rows of each class.</param>
    /// <param name="options">The method and its parameters.</param>
    internal static double[] Compute(IReadOnlyList<string> names, IReadOnlyList<int> counts, BalanceClassesOptions options)
    {
        bool[] normal = [.. names.Select(name => IsNormal(name, options.NormalLabels))];
        double[] weights = options.Method switch
        {
            BalancingMethod.DataDropout => DataDropout(normal, counts, options.NormalRatio),
            BalancingMethod.InverseFrequency => ScaledTo(counts.Sum(), counts, n => 1.0 / n),
            BalancingMethod.EffectiveNumber => ScaledTo(counts.Sum(), counts, n => (1 - options.Beta) / (1 - Math.Pow(options.Beta, n))),
            _ => [.. counts.Select(n => n > 0 ? 1.0 : 0)],
        };
        Limit(weights, counts, options.MaximumWeight, options.RowsPerEpoch);
        if (options.WholeCopies)
        {
            for (int i = 0; i < weights.Length; i++)
            {
                // Ties round to even, as in the paper's code.
                if (!normal[i] && counts[i] > 0)
                    weights[i] = Math.Max(1, Math.Round(weights[i], MidpointRounding.ToEven));
            }
        }
        return weights;
    }

    internal static bool IsNormal(string name, IReadOnlyList<string> normalLabels) =>
        normalLabels.Contains(BaseLabels.NameOf(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The paper's rule assumes that normal rows abound: every class is drawn <paramref name="ratio"/> times the size of the largest disease.
    /// Otherwise every class is drawn as often as the largest class has rows, so that no normal row is repeated to meet the ratio.
    /// </summary>
    private static double[] DataDropout(bool[] normal, IReadOnlyList<int> counts, double ratio)
    {
        int largestNormal = Largest(true),
            largestDisease = Largest(false);
        double target = largestDisease == 0 ? largestNormal : Math.Min(ratio * largestDisease, Math.Max(largestNormal, largestDisease));
        return [.. counts.Select(n => n > 0 ? target / n : 0)];

        int Largest(bool ofNormals) => counts.Where((_, i) => normal[i] == ofNormals).DefaultIfEmpty().Max();
    }

    private static double[] ScaledTo(double rows, IReadOnlyList<int> counts, Func<int, double> weight)
    {
        double[] weights = [.. counts.Select(n => n > 0 ? weight(n) : 0)];
        double sum = weights.Zip(counts, (w, n) => w * n).Sum();
        return sum > 0 ? Array.ConvertAll(weights, w => w * rows / sum) : weights;
    }

    /// <summary>Scales to a number of rows and caps the weights; the excess of capped classes is distributed over the others in proportion.</summary>
    private static void Limit(double[] weights, IReadOnlyList<int> counts, double maximum, int? rows)
    {
        bool[] capped = new bool[weights.Length];
        bool again;
        do
        {
            again = false;
            double scale = 1;
            if (rows is { } target)
            {
                double free = 0,
                    left = target;
                for (int i = 0; i < weights.Length; i++)
                {
                    if (capped[i])
                        left -= weights[i] * counts[i];
                    else
                        free += weights[i] * counts[i];
                }
                scale = free > 0 ? Math.Max(0, left) / free : 1;
            }
            for (int i = 0; i < weights.Length; i++)
            {
                if (capped[i])
                    continue;
                weights[i] *= scale;
                if (weights[i] <= maximum)
                    continue;
                weights[i] = maximum;
                capped[i] = again = true;
            }
        } while (again);
    }
}
