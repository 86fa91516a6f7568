namespace CxrAnnotate;

/// <summary>The rows that readers read: who belongs together, in which fold each is, and which findings each has.</summary>
/// <param name="Groups">The patient of each row; rows that show one picture are of one.</param>
/// <param name="Fold">The fold of each row.</param>
/// <param name="Folds">The number of folds.</param>
/// <param name="Findings">The names of the findings.</param>
/// <param name="Present">Which rows have each finding.</param>
internal sealed record ReaderTrial(
    IReadOnlyList<string> Groups,
    int[] Fold,
    int Folds,
    IReadOnlyList<string> Findings,
    IReadOnlyList<bool[]> Present
)
{
    /// <summary>
    /// How much of what the whole image tells beyond chance a reader must tell to be called the greater part of it.
    /// </summary>
    private const double Most = 0.5;

    private int[][]? _shuffledRows;

    /// <summary>The figures of all readers, and the out-of-fold scores of each, by finding.</summary>
    internal (IReadOnlyList<ShortcutReader> Readers, IReadOnlyList<double[][]> Scores) Read(
        IReadOnlyList<ReaderInput> inputs,
        DataAuditOptions options
    )
    {
        double[][][] scores = [.. inputs.Select(_ => new double[Findings.Count][])];
        int done = 0,
            total = inputs.Count * Findings.Count;
        Parallel.For(
            0,
            total,
            new ParallelOptions { CancellationToken = options.Cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i =>
            {
                (int reader, int finding) = (i / Findings.Count, i % Findings.Count);
                scores[reader][finding] = OutOfFoldScores.Of(inputs[reader].Rows, Present[finding], Fold, Folds);
                options.Progress?.Report(new("readers", Interlocked.Increment(ref done), total));
            }
        );
        (Estimate[] Auroc, double[] Chance)[] measured = [.. inputs.Select((_, r) => Measure(scores[r], options))];
        int whole = Enumerable.Range(0, inputs.Count).FirstOrDefault(r => inputs[r].Name == ReaderInput.Whole, -1);
        ShortcutReader[] readers = [.. inputs.Select((input, r) => Describe(input, measured[r], whole < 0 ? null : measured[whole]))];
        return (readers, scores);
    }

    /// <summary>The area of each finding and their mean, with intervals; and what chance reaches for each.</summary>
    private (Estimate[] Auroc, double[] Chance) Measure(double[][] scores, DataAuditOptions options)
    {
        int[] all = [.. Enumerable.Range(0, Groups.Count)];
        Ranking[] rankings = [.. scores.Select((score, k) => new Ranking(all, score, Present[k]))];
        Estimate[] auroc = Intervals.Bootstrap(
            Groups,
            Findings.Count + 1,
            (weights, values) =>
            {
                for (int k = 0; k < rankings.Length; k++)
                    values[k] = rankings[k].Auroc(weights);
                values[^1] = Statistic.MeanOfDefined(values[..^1]);
            },
            options.Resamples,
            options.Seed,
            options.Cancellation
        );
        _shuffledRows ??= [.. Enumerable.Range(0, options.Shuffles).Select(n => Shuffled(Seeds.At(options.Seed, 7, n)))];
        double[] chance =
        [
            .. scores.Select(
                (score, k) =>
                {
                    double[] areas = new double[_shuffledRows.Length];
                    Parallel.For(
                        0,
                        areas.Length,
                        n => areas[n] = new Ranking(all, score, [.. _shuffledRows[n].Select(row => Present[k][row])]).Auroc()
                    );
                    Array.Sort(areas);
                    return Statistic.Quantile(areas, 0.975);
                }
            ),
        ];
        return (auroc, chance);
    }

    /// <summary>
    /// The row whose labels each row gets: patients change places within their fold, and with them their rows. The scores of a fold come from the
    /// other folds alone, so that under the null hypothesis the shuffled labels are as likely as the true ones.
    /// </summary>
    private int[] Shuffled(Random random)
    {
        int[] from = new int[Groups.Count];
        foreach (IGrouping<int, int> fold in Enumerable.Range(0, Groups.Count).GroupBy(row => Fold[row]))
        {
            int[][] patients = [.. fold.GroupBy(row => Groups[row], StringComparer.Ordinal).Select(patient => patient.ToArray())];
            int[] places = [.. patients.SelectMany(rows => rows)];
            random.Shuffle(patients);
            int[] labels = [.. patients.SelectMany(rows => rows)];
            for (int i = 0; i < places.Length; i++)
                from[places[i]] = labels[i];
        }

        return from;
    }

    private ShortcutReader Describe(ReaderInput input, (Estimate[] Auroc, double[] Chance) own, (Estimate[] Auroc, double[] Chance)? whole)
    {
        ShortcutFigure[] figures =
        [
            .. Findings.Select(
                (finding, k) =>
                {
                    Estimate area = own.Auroc[k];
                    bool wholeTells = whole is { } all && all.Auroc[k].Low > all.Chance[k];
                    double? share = wholeTells ? (area.Value - 0.5) / (whole!.Value.Auroc[k].Value - 0.5) : null;
                    ShortcutVerdict verdict =
                        !(area.Low > own.Chance[k]) ? ShortcutVerdict.Nothing
                        : share is < Most ? ShortcutVerdict.Some
                        : ShortcutVerdict.Most;
                    return new ShortcutFigure(finding, Present[k].Count(has => has), area, own.Chance[k], share, verdict);
                }
            ),
        ];
        return new(input.Name, input.Sees, input.SeesLungs, own.Auroc[^1], figures.Max(figure => figure.Verdict), figures);
    }
}
