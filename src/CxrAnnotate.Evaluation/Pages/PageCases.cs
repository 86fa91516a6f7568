namespace CxrAnnotate;

/// <summary>The cases of a page as arrays over base labels, checked.</summary>
internal sealed class PageCases
{
    private readonly double[][] _scores;
    private readonly double[][]? _before;
    private readonly bool?[][] _truth;
    private readonly bool[][] _named;

    internal PageCases(ReportPage page, bool isMultiLabel)
    {
        Labels = [.. BaseLabels.Names(page.Labels)];
        int[] baseOf = BaseLabels.Indices(page.Labels);
        ReportCase[] cases = [.. page.Cases];
        foreach (ReportCase one in cases)
        {
            Require(one.Probabilities.Count == page.Labels.Count, $"{page.Labels.Count} labels, but {one.Probabilities.Count} probabilities");
            Require(one.Groups.Count == page.GroupColumns.Count, $"{page.GroupColumns.Count} columns of groups, but {one.Groups.Count} values");
            Require(
                one.ProbabilitiesBefore is null == (cases[0].ProbabilitiesBefore is null)
                    && one.ProbabilitiesBefore?.Count is null or > 0
                    && (one.ProbabilitiesBefore is null || one.ProbabilitiesBefore.Count == page.Labels.Count),
                "probabilities from before the calibration for some, or for other labels"
            );
        }

        _scores = [.. cases.Select(one => Folded(one.Probabilities))];
        _before = cases.Length > 0 && cases[0].ProbabilitiesBefore is not null ? [.. cases.Select(one => Folded(one.ProbabilitiesBefore!))] : null;
        _truth = [.. cases.Select(one => Array.ConvertAll(Labels, label => TruthOf(one, label)))];
        _named = [.. cases.Select(one => Array.ConvertAll(Labels, label => Contains(one.NamedLabels, label)))];
        Units = [.. cases.Select((one, i) => one.Unit.Length > 0 ? one.Unit : $"case {i}")];

        void Require(bool holds, string wrong)
        {
            if (!holds)
                throw new ArgumentException(ErrorCode.LengthMismatch.Message($"The page has {wrong} of a case."), nameof(page));
        }

        double[] Folded(IReadOnlyList<double> probabilities)
        {
            double[] folded = new double[Labels.Length];
            for (int k = 0; k < baseOf.Length; k++)
                folded[baseOf[k]] = isMultiLabel ? Math.Max(folded[baseOf[k]], probabilities[k]) : folded[baseOf[k]] + probabilities[k];
            // Sums of single precision may exceed 1 by a rounding error.
            return Array.ConvertAll(folded, value => Math.Clamp(value, 0, 1));
        }
    }

    /// <summary>The base labels.</summary>
    internal string[] Labels { get; }

    internal string[] Units { get; }

    internal int Count => _scores.Length;

    internal bool HasBefore => _before is not null;

    internal bool IsKnown(int i) => Array.Exists(_truth[i], truth => truth is not null);

    internal bool? Truth(int i, int label) => _truth[i][label];

    internal bool Has(int i, int label) => _truth[i][label] == true;

    internal bool Names(int i, int label) => _named[i][label];

    internal bool Names(int i, string label) => _named[i][Array.IndexOf(Labels, label)];

    internal double Score(int i, int label) => _scores[i][label];

    internal double ScoreBefore(int i, int label) => _before![i][label];

    /// <summary>Whether every known label is decided rightly.</summary>
    internal bool AllRight(int i) => Enumerable.Range(0, Labels.Length).All(k => _truth[i][k] is not { } truth || truth == _named[i][k]);

    internal IEnumerable<int> TrueLabels(int i) => Enumerable.Range(0, Labels.Length).Where(k => Has(i, k));

    internal IEnumerable<int> NamedLabels(int i) => Enumerable.Range(0, Labels.Length).Where(k => Names(i, k));

    private static bool? TruthOf(ReportCase one, string label) =>
        one.TrueLabels is null || Contains(one.UnknownLabels, label) ? null : Contains(one.TrueLabels, label);

    private static bool Contains(IReadOnlyList<string> labels, string label) => labels.Any(name => BaseLabels.NameOf(name) == label);
}
