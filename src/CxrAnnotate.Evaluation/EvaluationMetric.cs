using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>
/// A metric of an evaluation, for either label scheme. It yields the figure, its bootstrap interval, the difference between two models, the table
/// rows and the JSON. <see cref="BuiltIn"/> metrics are always computed; <c>EvaluateOptions.Metrics</c> adds custom ones.
/// </summary>
public sealed partial class EvaluationMetric
{
    /// <summary>Creates a metric.</summary>
    /// <param name="name">Its name in <see cref="AnnotationFigures.Metrics"/> and in JSON: a letter, then letters and digits.</param>
    /// <param name="description">A short description for tables.</param>
    /// <param name="prepare">
    /// Called once for each set of cases (all, abnormal, a group, each baseline), to compute whatever does not depend on the weights. The returned
    /// function is called once for the figure and once for each resample.
    /// </param>
    /// <exception cref="ArgumentException">The name is not a letter followed by letters and digits, or the description is empty.</exception>
    public EvaluationMetric(string name, string description, Func<MetricCases, MetricComputation> prepare)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(description);
        ArgumentNullException.ThrowIfNull(prepare);
        if (name is null || !NamePattern().IsMatch(name))
            throw new ArgumentException(
                ErrorCode.OptionOutOfRange.Message($"A metric name must be a letter followed by letters and digits, not '{name}'."),
                nameof(name)
            );
        (Name, Title, Description, Prepare) = (name, name, description, prepare);
    }

    /// <summary>Creates a metric from the per-label statistics, which all such metrics share on a sample.</summary>
    internal EvaluationMetric(string name, string description, Func<LabelStatistics, double> ofLabels)
        : this(name, description, cases => weights => ofLabels(cases.Statistics(weights))) => OfLabels = ofLabels;

    /// <summary>The built-in metrics. Each is computed on every set of cases of a label scheme that it applies to.</summary>
    public static IReadOnlyList<EvaluationMetric> BuiltIn => BuiltInMetrics.All;

    /// <summary>The name in figures and JSON, for example <c>macroAuroc</c>.</summary>
    public string Name { get; }

    /// <summary>The name in tables.</summary>
    /// <value>The default value is the name.</value>
    public string Title { get; init; }

    /// <summary>A short description.</summary>
    public string Description { get; }

    /// <summary>Whether the metric is undefined without annotations; if so, it is not computed for a model without a decoder.</summary>
    /// <value>The default value is false.</value>
    public bool NeedsAnnotations { get; init; }

    /// <summary>The lowest possible value.</summary>
    /// <value>The default value is 0.</value>
    public double Minimum { get; init; }

    /// <summary>The highest possible value.</summary>
    /// <value>The default value is 1.</value>
    public double Maximum { get; init; } = 1;

    /// <summary>Whether larger values are better.</summary>
    /// <value>The default value is true.</value>
    public bool HigherIsBetter { get; init; } = true;

    /// <summary>The only label scheme that it applies to; null: both.</summary>
    internal LabelScheme? Only { get; init; }

    /// <summary>Whether tables show it as a percentage.</summary>
    /// <value>The default value is false.</value>
    public bool IsShare { get; init; }

    /// <summary>Computes the metric from the per-label statistics; null if they are not sufficient.</summary>
    internal Func<LabelStatistics, double>? OfLabels { get; }

    private Func<MetricCases, MetricComputation> Prepare { get; }

    /// <summary>Prepares the metric for a set of cases.</summary>
    /// <param name="cases">The cases.</param>
    /// <returns>A function that computes the metric on weighted samples of the cases.</returns>
    public MetricComputation On(MetricCases cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        return AppliesTo(cases.Cases.Scheme) && (cases.HasAnnotations || !NeedsAnnotations) ? Prepare(cases) : _ => double.NaN;
    }

    internal bool AppliesTo(LabelScheme scheme) => Only is null || Only == scheme;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]*\z")]
    private static partial Regex NamePattern();
}
