namespace CxrAnnotate;

/// <summary>
/// How the labels of an image relate to each other. In every scheme, probabilities and decisions are rows over the labels (decisions are
/// one-hot where labels exclude each other); the schemes differ in how they combine them.
/// </summary>
internal abstract class LabelScheme
{
    /// <summary>An image has exactly one label.</summary>
    internal static LabelScheme Exclusive { get; } = new ExclusiveLabels();

    /// <summary>An image has any number of findings, also none.</summary>
    internal static LabelScheme Independent { get; } = new IndependentFindings();

    /// <summary>What saved models call the scheme.</summary>
    internal abstract string Name { get; }

    /// <summary>The scheme that a saved model names; null for an unknown name.</summary>
    internal static LabelScheme? Named(string? name) => new[] { Exclusive, Independent }.FirstOrDefault(scheme => scheme.Name == name);

    /// <summary>Probabilities, truth or decisions of the base labels, from those of their parts.</summary>
    /// <param name="baseOf">For each label the index of its base label.</param>
    /// <param name="values">One value per label.</param>
    internal abstract float[] Fold(int[] baseOf, ReadOnlySpan<float> values);

    /// <summary>The base labels that are decided for: 1, 0, or NaN where the probabilities are missing.</summary>
    /// <param name="baseOf">For each label the index of its base label.</param>
    /// <param name="scores">The probability of each label.</param>
    /// <param name="thresholds">The threshold of each label, where the scheme has them.</param>
    internal abstract float[] Decide(int[] baseOf, float[] scores, IReadOnlyList<float>? thresholds);

    /// <summary>Of labels in the order of their rank the number that annotations are searched for.</summary>
    /// <param name="ranked">Their probabilities.</param>
    /// <param name="most">The most findings that the decoder writes.</param>
    internal abstract int Searched(IReadOnlyList<float> ranked, int most);

    /// <summary>The probability of the whole annotation.</summary>
    /// <param name="written">P(label | image) * P(words | label, image) of each label that is written.</param>
    /// <param name="others">The probabilities of the labels that are not.</param>
    internal abstract double Joint(IEnumerable<double> written, IEnumerable<float> others);

    /// <summary>The probability that a word occurs, from each label's probability and the share of its annotations that have the word.</summary>
    internal abstract double Occurs(IEnumerable<(float Label, double Share)> labels);

    /// <summary>Whether decisions come from elsewhere than the probabilities alone, so that the decoder reads them.</summary>
    internal abstract bool ReadsDecisions { get; }

    /// <summary>Whether the draws of an image's labels are independent of each other: each label then has a seed of its own.</summary>
    internal abstract bool SeedsLabels { get; }
}

/// <summary>One label per image: probabilities sum to 1, parts of a base label are added up, the most probable label is the decision.</summary>
internal sealed class ExclusiveLabels : LabelScheme
{
    /// <summary>The most labels whose annotations are searched for word probabilities.</summary>
    internal const int CoveredLabels = 8;

    /// <summary>The share of the probability that is enough to have searched.</summary>
    internal const double CoveredMass = 0.99;

    internal override string Name => "exclusiveLabels";

    internal override float[] Fold(int[] baseOf, ReadOnlySpan<float> values) => BaseLabels.Fold(baseOf, values);

    internal override float[] Decide(int[] baseOf, float[] scores, IReadOnlyList<float>? thresholds)
    {
        var decided = new float[baseOf.Max() + 1];
        if (Array.TrueForAll(scores, float.IsFinite))
            decided[BaseLabels.ArgMax(baseOf, scores)] = 1;
        else
            Array.Fill(decided, float.NaN);
        return decided;
    }

    internal override int Searched(IReadOnlyList<float> ranked, int most)
    {
        double enough = CoveredMass * ranked.Sum(),
            covered = 0;
        int count = 0;
        while (count < Math.Min(CoveredLabels, ranked.Count) && (count == 0 || covered < enough))
            covered += ranked[count++];
        return count;
    }

    internal override double Joint(IEnumerable<double> written, IEnumerable<float> others) => written.Single();

    internal override double Occurs(IEnumerable<(float Label, double Share)> labels) => Math.Clamp(labels.Sum(l => l.Label * l.Share), 0, 1);

    internal override bool ReadsDecisions => false;

    internal override bool SeedsLabels => false;
}

/// <summary>
/// Any number of findings per image, independent of each other given the image: a finding is as probable as its most probable part, and detected from
/// its threshold on.
/// </summary>
internal sealed class IndependentFindings : LabelScheme
{
    /// <summary>The least absence of a finding that is not searched, so that a logarithm of it exists in the graph.</summary>
    internal const float LeastAbsence = 1e-12f;

    internal override string Name => "independentFindings";

    internal override float[] Fold(int[] baseOf, ReadOnlySpan<float> values) => BaseLabels.FoldFindings(baseOf, values);

    internal override float[] Decide(int[] baseOf, float[] scores, IReadOnlyList<float>? thresholds) =>
        BaseLabels.FoldFindings(
            baseOf,
            [.. scores.Select((score, k) => float.IsNaN(score) ? float.NaN : score >= thresholds![k] ? 1f : 0f)]
        );

    internal override int Searched(IReadOnlyList<float> ranked, int most) => Math.Min(most, ranked.Count);

    internal override double Joint(IEnumerable<double> written, IEnumerable<float> others) =>
        others.Aggregate(written.Aggregate(1.0, (product, p) => product * p), (product, p) => product * (1 - (double)p));

    internal override double Occurs(IEnumerable<(float Label, double Share)> labels) =>
        Math.Clamp(1 - labels.Aggregate(1.0, (absent, l) => absent * Math.Max(1 - (l.Label * l.Share), 0)), 0, 1);

    internal override bool ReadsDecisions => true;

    internal override bool SeedsLabels => true;
}
