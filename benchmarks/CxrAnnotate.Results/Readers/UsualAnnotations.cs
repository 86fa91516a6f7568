namespace CxrAnnotate.Results;

/// <summary>The most frequent annotation of a label among training cases, as in the library's trivial baselines; ties go to the first.</summary>
internal static class UsualAnnotations
{
    /// <summary>The most frequent annotation of the cases with a label; the label's own words if there is none.</summary>
    internal static string Of(IEnumerable<FoldedCase> training, string label) =>
        MostFrequent(training.Where(one => one.Label == label).Select(one => one.Caption))
        ?? label.Replace("+", $" {CaptionMetrics.Separator} ", StringComparison.Ordinal);

    /// <summary>The most frequent value that is not empty.</summary>
    internal static string? MostFrequent(IEnumerable<string?> values) =>
        values.Where(value => !string.IsNullOrEmpty(value)).GroupBy(value => value, StringComparer.Ordinal).MaxBy(same => same.Count())?.Key;

    /// <summary>
    /// The readings with every annotation replaced by the most frequent one that training cases of the same source and the predicted label have: what
    /// an annotation must beat to say more than the label and the source do.
    /// </summary>
    internal static ReaderOutput Instead(ReaderOutput output, IReadOnlyList<FoldedCase> cases)
    {
        var usual = new Dictionary<(int Fold, string Source, string Label), string>();
        return output with
        {
            Words = [],
            Readings =
            [
                .. output.Readings.Select(
                    (reading, i) =>
                    {
                        FoldedCase read = cases[i];
                        string label = BaseLabels.NameOf(reading.Label);
                        if (!usual.TryGetValue((read.Fold, read.Source, label), out string? annotation))
                        {
                            IEnumerable<FoldedCase> training = cases.Where(one => one.Fold != read.Fold);
                            bool isOfSource(FoldedCase one) => one.Source == read.Source && one.Label == label;
                            annotation = Of(training.Any(isOfSource) ? training.Where(isOfSource) : training, label);
                            usual.Add((read.Fold, read.Source, label), annotation);
                        }

                        return reading with { Annotation = annotation, Words = [] };
                    }
                ),
            ],
        };
    }
}
