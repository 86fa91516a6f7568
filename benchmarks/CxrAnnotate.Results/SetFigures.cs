namespace CxrAnnotate.Results;

/// <summary>
/// The figures of the outputs of one set, by part of the cases (all, a source, the abnormal ones), each computed once: with intervals by the
/// bootstrap over patients, and as paired differences.
/// </summary>
internal sealed class SetFigures
{
    /// <summary>The metrics of the tables; the others, CIDEr above all, would take most of the time.</summary>
    private static readonly string[] _metricNames = ["accuracy", "macroF1", "abnormalAuroc", "bleu1", "bleu2", "bleu3", "bleu4", "exactMatch"];

    private readonly EvaluationMetric[] _metrics = [.. EvaluationMetric.BuiltIn.Where(metric => _metricNames.Contains(metric.Name))];
    private readonly Dictionary<string, EvaluationCases> _cases;
    private readonly Dictionary<(string Output, CasePart Part), Measures> _measures = [];
    private readonly Dictionary<(string Output, string? From, CasePart Part), AnnotationFigures> _figures = [];
    private readonly int _resamples;
    private readonly int _seed;

    /// <param name="cases">The truth.</param>
    /// <param name="outputs">The outputs, with different names.</param>
    /// <param name="resamples">The number of resamples behind each interval.</param>
    /// <param name="seed">The seed of the resamples.</param>
    internal SetFigures(IReadOnlyList<FoldedCase> cases, IReadOnlyList<ReaderOutput> outputs, int resamples, int seed)
    {
        string[] labels = ReadCases.Labels(cases, outputs);
        _cases = outputs.ToDictionary(output => output.Name, output => ReadCases.Of(cases, output, labels), StringComparer.Ordinal);
        (_resamples, _seed) = (resamples, seed);
    }

    /// <summary>The figures of an output.</summary>
    internal AnnotationFigures Of(string output, CasePart part) => Of(output, null, part);

    /// <summary>The figures of an output minus those of another on the same cases.</summary>
    internal AnnotationFigures Difference(string output, string from, CasePart part) => Of(output, from, part);

    private AnnotationFigures Of(string output, string? from, CasePart part)
    {
        if (_figures.TryGetValue((output, from, part), out AnnotationFigures? known))
            return known;
        Measures of = MeasuresOf(output, part);
        string[] units = part.Of(_cases[output]).Units;
        AnnotationFigures figures = of.Figures(
            from is null
                ? Intervals.Bootstrap(units, of.Count, of.Compute, _resamples, _seed)
                : Intervals.PairedDifference(units, of.Count, MeasuresOf(from, part).Compute, of.Compute, _resamples, _seed)
        );
        _figures.Add((output, from, part), figures);
        return figures;
    }

    private Measures MeasuresOf(string output, CasePart part)
    {
        if (!_measures.TryGetValue((output, part), out Measures? measures))
            _measures.Add((output, part), measures = new Measures(part.Of(_cases[output]), _metrics));
        return measures;
    }
}
