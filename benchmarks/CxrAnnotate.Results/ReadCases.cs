namespace CxrAnnotate.Results;

/// <summary>Readings and truth as the library's evaluation takes them.</summary>
internal static class ReadCases
{
    /// <summary>The cases of an output.</summary>
    /// <param name="cases">The truth.</param>
    /// <param name="output">The readings of these cases.</param>
    /// <param name="labels">The labels that figures are computed over: those of the truth, and any that a reader adds.</param>
    internal static EvaluationCases Of(IReadOnlyList<FoldedCase> cases, ReaderOutput output, string[] labels)
    {
        int[] place = [.. output.Labels.Select(label => Array.IndexOf(labels, BaseLabels.NameOf(label)))];
        double[] Scores(float[] scores)
        {
            double[] folded = new double[labels.Length];
            for (int k = 0; k < scores.Length; k++)
                folded[place[k]] += scores[k];
            return folded;
        }

        float[] OneHot(string? label, float others) => [.. labels.Select(one => one == label ? 1f : others)];
        return new EvaluationCases
        {
            Scheme = LabelScheme.Exclusive,
            Labels = labels,
            Truth = [.. cases.Select(one => OneHot(one.Label, one.Label is null ? float.NaN : 0))],
            Decisions = [.. output.Readings.Select(reading => OneHot(BaseLabels.NameOf(reading.Label), 0))],
            Scores = [.. output.Readings.Select(reading => Scores(reading.Scores))],
            Captions = [.. cases.Select(one => one.Caption)],
            Emitted = [.. output.Readings.Select(reading => reading.Annotation)],
            Words = output.Words,
            WordProbabilities = output.Words.Length == 0 ? null : [.. output.Readings.Select(reading => reading.Words)],
            Sources = [.. cases.Select(one => one.Source)],
            Views = [.. cases.Select(one => one.View)],
            Units = [.. cases.Select(one => one.Patient)],
            NormalLabel = MeshAnnotation.Normal,
        };
    }

    /// <summary>The labels of the cases and of all outputs, without parts.</summary>
    internal static string[] Labels(IReadOnlyList<FoldedCase> cases, IEnumerable<ReaderOutput> outputs) =>
        [
            .. cases
                .Select(one => one.Label)
                .OfType<string>()
                .Order(StringComparer.Ordinal)
                .Concat(outputs.SelectMany(output => output.Labels).Select(BaseLabels.NameOf))
                .Distinct(StringComparer.Ordinal),
        ];
}
