using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>
/// A metric of an evaluation: from it are made the figure, its bootstrap interval, the differences of two models, the rows of tables and the JSON,
/// for both label schemes. <see cref="BuiltIn"/> are always computed; <c>EvaluateOptions.Metrics</c> adds one's own.
/// </summary>
public sealed partial class EvaluationMetric
{
    /// <summary>Makes a metric.</summary>
    /// <param name="name">Its name in <see cref="AnnotationFigures.Metrics"/> and in JSON: a letter, then letters and digits.</param>
    /// <param name="description">What it says, in a few words for tables.</param>
    /// <param name="prepare">
    /// Called once for each set of cases (all, abnormal, a group, each baseline): what does not depend on the weights is computed here. What it
    /// returns is called once for the figure and once for each resample.
    /// </param>
    /// <exception cref="ArgumentException">The name is not a letter followed by letters and digits, or the description is empty.</exception>
    public EvaluationMetric(string name, string description, Func<MetricCases, MetricComputation> prepare)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(description);
        ArgumentNullException.ThrowIfNull(prepare);
        if (name is null || !NamePattern().IsMatch(name))
            throw new ArgumentException(
                ErrorCode.OptionOutOfRange.Message($"The name of a metric is a letter followed by letters and digits, not '{name}'."),
                nameof(name)
            );
        (Name, Title, Description, Prepare) = (name, name, description, prepare);
    }

    /// <summary>Makes a metric of what is counted label by label, which all such metrics share on a sample.</summary>
    internal EvaluationMetric(string name, string description, Func<LabelStatistics, double> ofLabels)
        : this(name, description, cases => weights => ofLabels(cases.Statistics(weights))) => OfLabels = ofLabels;

    /// <summary>The metrics of the library that are computed on every set of cases, those of one label scheme where that scheme is used.</summary>
    public static IReadOnlyList<EvaluationMetric> BuiltIn => BuiltInMetrics.All;

    /// <summary>The name in figures and JSON, for example <c>macroAuroc</c>.</summary>
    public string Name { get; }

    /// <summary>The name in tables.</summary>
    /// <value>The default value is the name.</value>
    public string Title { get; init; }

    /// <summary>What it says, in a few words.</summary>
    public string Description { get; }

    /// <summary>Whether it is undefined without annotations; it is then not computed where nothing was decoded.</summary>
    /// <value>The default value is false.</value>
    public bool NeedsAnnotations { get; init; }

    /// <summary>The lowest value that it can have.</summary>
    /// <value>The default value is 0.</value>
    public double Minimum { get; init; }

    /// <summary>The highest value that it can have.</summary>
    /// <value>The default value is 1.</value>
    public double Maximum { get; init; } = 1;

    /// <summary>Whether larger values are better.</summary>
    /// <value>The default value is true.</value>
    public bool HigherIsBetter { get; init; } = true;

    /// <summary>The only label scheme that it is for; null: both.</summary>
    internal LabelScheme? Only { get; init; }

    /// <summary>Whether tables show it as a percentage.</summary>
    /// <value>The default value is false.</value>
    public bool IsShare { get; init; }

    /// <summary>Computes it from what is counted label by label; null where that is not enough.</summary>
    internal Func<LabelStatistics, double>? OfLabels { get; }

    private Func<MetricCases, MetricComputation> Prepare { get; }

    /// <summary>The metric on a set of cases.</summary>
    /// <param name="cases">The cases.</param>
    /// <returns>What computes it on weighted samples of them.</returns>
    public MetricComputation On(MetricCases cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        return AppliesTo(cases.Cases.Scheme) && (cases.HasAnnotations || !NeedsAnnotations) ? Prepare(cases) : _ => double.NaN;
    }

    internal bool AppliesTo(LabelScheme scheme) => Only is null || Only == scheme;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]*\z")]
    private static partial Regex NamePattern();
}
