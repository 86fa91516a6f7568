namespace CxrAnnotate;

/// <summary>
/// Thresholds of conformal sets: the labels that an image may have, at a coverage that is asked for (split conformal prediction; Vovk, Gammerman and
/// Shafer, 2005; Sadinle, Lei and Wasserman, JASA 2019). Of images like the validation rows, a set holds the true label with at least that
/// probability, whatever the network; each label by itself, if it has enough rows, the rare ones together (Mondrian, or class-conditional). If even
/// these are too few, they have the threshold of all labels together, and no guarantee of their own. For independent findings it holds each present
/// finding with at least that probability; so do the findings whose absence is possible for absent ones.
/// </summary>
internal sealed record ConformalThresholds
{
    /// <summary>The fewest rows of a label that it has thresholds of its own with; labels with fewer share theirs.</summary>
    internal const int FewestCases = 20;

    /// <summary>The coverages for which thresholds are kept.</summary>
    internal static IReadOnlyList<double> Coverages { get; } = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99];

    /// <summary>By label and coverage: the least probability at which a label is in the set; 0 if it always is.</summary>
    public required IReadOnlyList<IReadOnlyList<float>> Present { get; init; }

    /// <summary>By finding and coverage: the highest probability at which it may be absent, 1 if it always may; null for exclusive labels.</summary>
    public IReadOnlyList<IReadOnlyList<float>>? Absent { get; init; }

    /// <summary>The number of validation rows.</summary>
    public required int Cases { get; init; }

    /// <summary>Whether values read from a file are possible ones for this many labels of this scheme.</summary>
    internal bool Fits(LabelScheme scheme, int labels) =>
        Cases > 0 && IsTable(Present) && (scheme == LabelScheme.Exclusive ? Absent is null : Absent is { } absent && IsTable(absent))
        && Present.Count == labels;

    private bool IsTable(IReadOnlyList<IReadOnlyList<float>> table) =>
        table.Count == Present.Count && table.All(row => row.Count == Coverages.Count && row.All(value => value is >= 0 and <= 1));

    /// <summary>Whether each label may be present: the conformal set.</summary>
    /// <param name="probabilities">Calibrated probabilities of the labels.</param>
    /// <param name="coverage">The coverage; the next higher one that thresholds are kept for is used.</param>
    internal bool[] Possible(ReadOnlySpan<float> probabilities, double coverage)
    {
        int at = Place(coverage);
        var possible = new bool[probabilities.Length];
        for (int k = 0; k < possible.Length; k++)
            possible[k] = probabilities[k] >= Present[k][at];
        return possible;
    }

    /// <summary>
    /// Whether the set leaves one reading: of exclusive labels the decided one alone; of findings for each what was decided, and not its opposite.
    /// </summary>
    /// <param name="probabilities">Calibrated probabilities of the labels.</param>
    /// <param name="decisions">1 for each decided label, 0 for the others.</param>
    /// <param name="coverage">The coverage, as in <see cref="Possible"/>.</param>
    internal bool IsDecided(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> decisions, double coverage)
    {
        int at = Place(coverage);
        for (int k = 0; k < probabilities.Length; k++)
        {
            bool present = probabilities[k] >= Present[k][at],
                absent = Absent is { } limits ? probabilities[k] <= limits[k][at] : !present;
            if (present == absent || present != (decisions[k] == 1))
                return false;
        }

        return true;
    }

    /// <summary>Fits the thresholds to rows; null without rows.</summary>
    /// <param name="scheme">How the labels relate.</param>
    /// <param name="probabilities">Calibrated probabilities by row and label; rows with NaN are left out.</param>
    /// <param name="truth">1 present, 0 absent, NaN unknown, by row and label.</param>
    internal static ConformalThresholds? Fit(LabelScheme scheme, IReadOnlyList<float[]> probabilities, IReadOnlyList<float[]> truth)
    {
        int[] sound =
        [
            .. Enumerable
                .Range(0, truth.Count)
                .Where(i => Array.TrueForAll(probabilities[i], float.IsFinite) && Array.Exists(truth[i], value => !float.IsNaN(value))),
        ];
        return sound.Length == 0
            ? null
            : new ConformalThresholds
            {
                Present = Table(1, value => value),
                Absent = scheme == LabelScheme.Exclusive ? null : Table(0, value => 1 - value),
                Cases = sound.Length,
            };

        // By label the confidence in the truth of the rows with this truth, in ascending order.
        float[][] Table(float of, Func<float, float> confidence)
        {
            float[][] own =
            [
                .. Enumerable
                    .Range(0, probabilities[0].Length)
                    .Select(k => sound.Where(i => truth[i][k] == of).Select(i => confidence(probabilities[i][k])).Order().ToArray()),
            ];
            float[] rare = [.. own.Where(rows => rows.Length < FewestCases).SelectMany(rows => rows).Order()],
                all = [.. own.SelectMany(rows => rows).Order()];
            float[] shared = rare.Length < FewestCases ? all : rare;
            return
            [
                .. own.Select(rows =>
                    Coverages.Select(coverage => confidence(Least(rows.Length < FewestCases ? shared : rows, coverage))).ToArray()
                ),
            ];
        }
    }

    /// <summary>
    /// The confidence that a new row reaches with at least a probability, if it is exchangeable with these: the floor((n + 1) (1 - coverage))-th of n
    /// in ascending order; 0 if there are too few.
    /// </summary>
    private static float Least(float[] ascending, double coverage) =>
        (int)Math.Floor(((ascending.Length + 1) * (1 - coverage)) + 1e-9) is > 0 and int rank ? ascending[rank - 1] : 0;

    private static int Place(double coverage)
    {
        for (int i = 0; i < Coverages.Count; i++)
        {
            if (Coverages[i] >= coverage - 1e-9)
                return i;
        }

        return Coverages.Count - 1;
    }
}
