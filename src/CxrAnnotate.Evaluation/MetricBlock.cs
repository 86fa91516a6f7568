namespace CxrAnnotate;

/// <summary>Registered metrics as one block of statistics for the bootstrap.</summary>
internal sealed class MetricBlock(IReadOnlyList<EvaluationMetric> metrics, MetricCases cases)
{
    private readonly MetricComputation[] _computations = [.. metrics.Select(metric => metric.On(cases))];

    internal int Count => _computations.Length;

    internal void Compute(ReadOnlySpan<int> weights, Span<double> values)
    {
        for (int k = 0; k < _computations.Length; k++)
            values[k] = _computations[k](weights);
    }

    /// <summary>The figures by name, from estimates in the order of <see cref="Compute"/>.</summary>
    internal IReadOnlyDictionary<string, Estimate> Figures(IReadOnlyList<Estimate> estimates) =>
        metrics.Select((metric, k) => (metric.Name, estimates[k])).ToDictionary(m => m.Name, m => m.Item2, StringComparer.Ordinal);

    /// <summary>Figures as rows of a table: the title where the library knows the metric, else its name.</summary>
    internal static IEnumerable<(string Metric, Estimate Estimate)> Rows(IReadOnlyDictionary<string, Estimate> figures) =>
        figures.Select(figure => (EvaluationMetric.BuiltIn.FirstOrDefault(m => m.Name == figure.Key)?.Title ?? figure.Key, figure.Value));
}
