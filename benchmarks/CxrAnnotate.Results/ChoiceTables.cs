using System.Globalization;
using System.Text;

namespace CxrAnnotate.Results;

/// <summary>
/// Ways to choose between the two iterations of a cascade, replayed on trained folds: what each way reads in rows that neither trained nor chose.
/// </summary>
internal static class ChoiceTables
{
    private const string Highest = "highest score",
        Evidence = "later within its interval",
        Mean = "mean of both";

    /// <summary>Divisions of a fold's rows into rows that choose and rows that are measured.</summary>
    private const int Divisions = 50;

    /// <summary>Tables of all folds of each set.</summary>
    /// <param name="folds">The folds.</param>
    /// <param name="resamples">The number of resamples behind each interval.</param>
    /// <param name="seed">The seed of resamples and divisions.</param>
    internal static string Of(IReadOnlyList<ChoiceFold> folds, int resamples, int seed)
    {
        var text = new StringBuilder();
        foreach (IGrouping<string, ChoiceFold> set in folds.GroupBy(fold => fold.Set, StringComparer.Ordinal))
            Append(text, set.Key, [.. set.OrderBy(fold => fold.Seed).ThenBy(fold => fold.Fold)], resamples, seed);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string set, ChoiceFold[] folds, int resamples, int seed)
    {
        // A patient is in one fold of each seed: patients of several seeds are not drawn together.
        FoldedCase[] cases = [.. folds.SelectMany(fold => fold.Cases.Select(one => one with { Patient = $"{fold.Seed} {one.Patient}" }))];
        text.AppendLine(CultureInfo.InvariantCulture, $"## {set}: {folds.Length} trainings, {cases.Length:N0} rows read");
        text.AppendLine("| training | rows that choose | score 1 | score 2 | difference | later better | highest score chooses | evidence chooses |");
        text.AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (ChoiceFold fold in folds)
        {
            IterationEvidence evidence = fold.Evidence;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| seed {fold.Seed}, {fold.Fold} of {fold.Folds} | {evidence.Rows} ({evidence.Groups}) | {fold.Scores[0]:F3} | {fold.Scores[1]:F3} "
                    + $"| {evidence.Difference:+0.000;-0.000;0.000} ({evidence.Low:F3}–{evidence.High:F3}) | {evidence.ProbabilityBetter:P0} "
                    + $"| {ByScore(fold.Scores) + 1} | {ByEvidence(evidence) + 1} |"
            );
        }

        (string Name, Func<ChoiceFold, int> Output)[] ways =
        [
            ("iteration 1", _ => 0),
            ("the last", _ => 1),
            (Highest, fold => ByScore(fold.Scores)),
            (Evidence, fold => ByEvidence(fold.Evidence)),
            (Mean, _ => 2),
        ];
        ReaderOutput[] outputs =
        [
            .. ways.Select(way => new ReaderOutput(
                way.Name,
                folds[0].Outputs[0].Labels,
                [],
                [.. folds.SelectMany(fold => fold.Outputs[way.Output(fold)].Readings)]
            )),
        ];
        var figures = new SetFigures(cases, outputs, resamples, seed);
        CasePart all = new(),
            abnormal = new(IsAbnormal: true);
        Table("figures", way => figures.Of(way, all), way => figures.Of(way, abnormal), difference: false);
        Table($"minus {Highest}", way => figures.Difference(way, Highest, all), way => figures.Difference(way, Highest, abnormal), difference: true);
        Table("minus iteration 1", way => figures.Difference(way, "iteration 1", all), way => figures.Difference(way, "iteration 1", abnormal), true);
        Replay(text, folds, seed);

        void Table(string title, Func<string, AnnotationFigures> whole, Func<string, AnnotationFigures> ofAbnormal, bool difference)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n| {title} ");
            text.AppendLine("| macro-F1 | accuracy | AUROC normal or not | abnormal: BLEU-1 | abnormal: exact match |");
            text.AppendLine("|---|--:|--:|--:|--:|--:|");
            foreach ((string name, _) in ways)
            {
                AnnotationFigures one = whole(name),
                    other = ofAbnormal(name);
                Estimate[] cells = [one.MacroF1, one.Accuracy, one.AbnormalAuroc, other.Bleu[0], other.ExactMatch];
                text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells.Select(cell => Cell(cell, difference)))} |");
            }
        }
    }

    /// <summary>
    /// Divides the rows of every fold many times by patient: half of them choose, the other half is measured by the score of the choice. Without
    /// further training this shows what each way makes of many validation sets.
    /// </summary>
    private static void Replay(StringBuilder text, ChoiceFold[] folds, int seed)
    {
        double[] sums = new double[4];
        int[] firsts = new int[4];
        int count = 0,
            rows = 0;
        foreach (ChoiceFold fold in folds)
        {
            ValidationReadings[] read = [.. fold.Outputs.Select(output => ReadingsOf(fold, output))];
            string[] patients = [.. read[0].Groups.Distinct(StringComparer.Ordinal)];
            for (int division = 0; division < Divisions; division++)
            {
                Random random = Seeds.At(seed, fold.Seed, fold.Fold, division);
                HashSet<string> choosing = [.. patients.Where(_ => random.Next(2) == 0)];
                ValidationReadings[] choose = [.. read.Select(one => Part(one, choosing.Contains))],
                    measure = [.. read.Select(one => Part(one, group => !choosing.Contains(group)))];
                if (choose[0].Truth.Length == 0 || measure[0].Truth.Length == 0)
                    continue;
                int[] chosen =
                [
                    ByScore([choose[0].Score(), choose[1].Score()]),
                    ByEvidence(CascadeChoice.Compare(1, choose[0], choose[1], division)),
                    1,
                    2,
                ];
                for (int way = 0; way < chosen.Length; way++)
                {
                    sums[way] += measure[chosen[way]].Score() - measure[0].Score();
                    firsts[way] += chosen[way] == 0 ? 1 : 0;
                }

                count++;
                rows += choose[0].Truth.Length;
            }
        }

        text.AppendLine(CultureInfo.InvariantCulture,
            $"\n{count:N0} divisions, {(double)rows / count:F0} rows choose on the average; the score of the others minus that of iteration 1:");
        text.AppendLine("\n| way | mean gain over iteration 1 | chooses iteration 1 |");
        text.AppendLine("|---|--:|--:|");
        string[] names = [Highest, Evidence, "the last", Mean];
        for (int way = 0; way < names.Length; way++)
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {names[way]} | {sums[way] / count:+0.0000;-0.0000;0.0000} | {(double)firsts[way] / count:P0} |"
            );
    }

    private static ValidationReadings ReadingsOf(ChoiceFold fold, ReaderOutput output)
    {
        LabelScheme scheme = LabelScheme.Exclusive;
        HashSet<string>[] truth = [.. fold.Cases.Select(one => scheme.ContextWords(one.Caption.Split(' '), one.Label ?? ""))],
            read = [.. output.Readings.Select(one => scheme.ContextWords(one.Annotation.Split(' '), one.Label))];
        bool[] diseased = [.. fold.Cases.Select(one => one.Label is { } label && label != MeshAnnotation.Normal)];
        float[] OneHot(string? label, float unknown) => [.. output.Labels.Select(one => label is null ? unknown : one == label ? 1f : 0f)];
        return new(
            [.. fold.Cases.Select(one => OneHot(one.Label, float.NaN))],
            [.. output.Readings.Select(one => OneHot(one.Label, 0))],
            CascadeScores.ContextF1(truth, read, diseased),
            [.. fold.Cases.Select(one => one.Patient)]
        );
    }

    private static ValidationReadings Part(ValidationReadings of, Func<string, bool> keeps)
    {
        int[] kept = [.. Enumerable.Range(0, of.Truth.Length).Where(i => keeps(of.Groups[i]))];
        return new(
            [.. kept.Select(i => of.Truth[i])],
            [.. kept.Select(i => of.Decisions[i])],
            [.. kept.Select(i => of.Context[i])],
            [.. kept.Select(i => of.Groups[i])]
        );
    }

    private static int ByScore(double[] scores) => CascadeChoice.Best([.. scores.Select(score => (double?)score)]) - 1;

    private static int ByEvidence(IterationEvidence evidence) => CascadeChoice.Kept([null, evidence]) - 1;

    private static string Cell(Estimate estimate, bool difference) =>
        estimate.Value.ToString(difference ? "+0.000;-0.000;0.000" : "F3", CultureInfo.InvariantCulture)
        + string.Create(CultureInfo.InvariantCulture, $" ({estimate.Low:F3}–{estimate.High:F3})");
}
