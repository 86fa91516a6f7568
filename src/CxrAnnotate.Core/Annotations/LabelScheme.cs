namespace CxrAnnotate;

/// <summary>
/// How the labels of an image relate to each other. In every scheme, probabilities and decisions are rows over the labels (decisions are
/// one-hot where labels exclude each other); the schemes differ in how they combine them.
/// </summary>
internal abstract class LabelScheme
{
    /// <summary>An image has exactly one label.</summary>
    internal static LabelScheme Exclusive { get; } = new ExclusiveLabels();

    /// <summary>An image has any number of findings, including none.</summary>
    internal static LabelScheme Independent { get; } = new IndependentFindings();

    private static readonly LabelScheme[] _all = [Exclusive, Independent];

    /// <summary>The name of the scheme in saved models.</summary>
    internal abstract string Name { get; }

    /// <summary>The format version of saved models of the scheme: the first that has it, so that earlier versions can read them.</summary>
    internal abstract int FormatVersion { get; }

    /// <summary>The scheme of a saved model. In older models, which do not name it, it follows from their other properties.</summary>
    /// <param name="name">Its name in the model; null in older models.</param>
    /// <param name="readsDecisions">Whether the model has properties of schemes with decisions.</param>
    internal static LabelScheme Of(string? name, bool readsDecisions) =>
        _all.FirstOrDefault(scheme => scheme.Name == name) ?? _all.First(scheme => scheme.ReadsDecisions == readsDecisions);

    /// <summary>Whether a saved model's scheme is known and fits its other properties; see <see cref="Of"/>.</summary>
    internal static bool IsSound(string? name, bool readsDecisions) =>
        name is null || _all.Any(scheme => scheme.Name == name && scheme.ReadsDecisions == readsDecisions);

    /// <summary>The truth of an image in the order of other labels.</summary>
    /// <param name="truth">One value per label: 1 present, 0 absent, NaN unknown.</param>
    /// <param name="from">The index of each of the other labels in the truth; -1 if absent.</param>
    internal abstract float[] Arrange(float[] truth, int[] from);

    /// <summary>The class of a row for spreading rows evenly over an epoch; -1 if unknown.</summary>
    internal abstract int Stratum(float[] truth);

    /// <summary>
    /// The words of an annotation about each label of its image. Decoders are trained on these pairs, and context vectors describe them.
    /// </summary>
    /// <param name="labels">The base labels.</param>
    /// <param name="truth">One value per base label: 1 if the image has it.</param>
    /// <param name="caption">The annotation's words.</param>
    internal abstract IEnumerable<(int Label, string[] Words)> Pairs(IReadOnlyList<string> labels, float[] truth, string[] caption);

    /// <summary>The maximum number of labels in an image's annotation.</summary>
    internal abstract int Written(int labels);

    /// <summary>The index of a label among those that can be in an annotation.</summary>
    internal abstract int PlaceOf(int label);

    /// <summary>The context of an annotation: its words except those of its labels.</summary>
    /// <param name="caption">The annotation's words.</param>
    /// <param name="label">The first label of the image; empty for none.</param>
    internal abstract HashSet<string> ContextWords(IReadOnlyCollection<string> caption, string label);

    /// <summary>The message for training rows that no label distinguishes.</summary>
    internal abstract string NothingToTellApart(IReadOnlyList<string> labels, float[][] truth);

    /// <summary>The annotation of an image without labels; null if every image has a label.</summary>
    /// <param name="normal">The word for it.</param>
    internal abstract string? WordForNone(string normal);

    /// <summary>Whether rare labels are balanced by drawing their rows more often. Multi-label training weights the loss instead.</summary>
    internal abstract bool WeighsDraws { get; }

    /// <summary>Probabilities, truth or decisions of the base labels, from those of their parts.</summary>
    /// <param name="baseOf">The index of each label's base label.</param>
    /// <param name="values">One value per label.</param>
    internal abstract float[] Fold(int[] baseOf, ReadOnlySpan<float> values);

    /// <summary>The decision for each base label: 1, 0, or NaN if the probabilities are missing.</summary>
    /// <param name="baseOf">The index of each label's base label.</param>
    /// <param name="scores">The probability of each label.</param>
    /// <param name="thresholds">The threshold of each label, if the scheme uses thresholds.</param>
    internal abstract float[] Decide(int[] baseOf, float[] scores, IReadOnlyList<float>? thresholds);

    /// <summary>How undecided the probabilities are: 0 where they leave no doubt, 1 where they say nothing; NaN if they are missing.</summary>
    /// <param name="probabilities">The probability of each base label.</param>
    internal abstract double Entropy(IReadOnlyList<float> probabilities);

    /// <summary>How many of the ranked labels annotations are searched for.</summary>
    /// <param name="ranked">The probabilities in the order of rank.</param>
    /// <param name="most">The decoder's maximum number of findings.</param>
    internal abstract int Searched(IReadOnlyList<float> ranked, int most);

    /// <summary>The probability of the whole annotation.</summary>
    /// <param name="written">P(label | image) * P(words | label, image) of each written label.</param>
    /// <param name="others">The probabilities of the labels that are not written.</param>
    internal abstract double Joint(IEnumerable<double> written, IEnumerable<float> others);

    /// <summary>The probability that a word occurs, from each label's probability and the share of its annotations that contain the word.</summary>
    internal abstract double Occurs(IEnumerable<(float Label, double Share)> labels);

    /// <summary>Whether decisions depend on more than the probabilities, so that the decoder needs them as an input.</summary>
    internal abstract bool ReadsDecisions { get; }

    /// <summary>Whether labels are drawn independently of each other, each with its own seed.</summary>
    internal abstract bool SeedsLabels { get; }

    /// <summary>What an outcome adds to an entropy, in nats.</summary>
    private protected static double Surprise(double probability) => probability == 0 ? 0 : -probability * Math.Log(probability);
}

/// <summary>One label per image: probabilities sum to 1, parts of a base label are added up, the most probable label is the decision.</summary>
internal sealed class ExclusiveLabels : LabelScheme
{
    /// <summary>The maximum number of labels whose annotations are searched for word probabilities.</summary>
    internal const int CoveredLabels = 8;

    /// <summary>The cumulative probability at which the search stops.</summary>
    internal const double CoveredMass = 0.99;

    internal override string Name => "exclusiveLabels";

    internal override int FormatVersion => 1;

    /// <summary>The truth or decision for one of the labels; all NaN for -1.</summary>
    internal static float[] OneHot(int label, int labels)
    {
        var row = new float[labels];
        if (label >= 0)
            row[label] = 1;
        else
            Array.Fill(row, float.NaN);
        return row;
    }

    /// <summary>The label of a row; -1 if unknown.</summary>
    internal static int LabelOf(float[] row) => Array.IndexOf(row, 1f);

    internal override float[] Arrange(float[] truth, int[] from)
    {
        int label = LabelOf(truth);
        return OneHot(label < 0 ? -1 : Array.IndexOf(from, label), from.Length);
    }

    internal override int Stratum(float[] truth) => LabelOf(truth);

    internal override IEnumerable<(int Label, string[] Words)> Pairs(IReadOnlyList<string> labels, float[] truth, string[] caption) =>
        caption.Length > 0 && LabelOf(truth) is >= 0 and int label ? [(label, caption)] : [];

    internal override int Written(int labels) => 1;

    internal override int PlaceOf(int label) => 0;

    internal override HashSet<string> ContextWords(IReadOnlyCollection<string> caption, string label)
    {
        var words = new HashSet<string>(caption, StringComparer.Ordinal);
        words.Remove(CaptionText.Separator);
        words.ExceptWith(label.Split('+'));
        return words;
    }

    internal override string NothingToTellApart(IReadOnlyList<string> labels, float[][] truth) =>
        $"All {truth.Length} usable training rows have the label '{labels[LabelOf(truth[0])]}'; a classifier needs two labels or more. "
        + "Lower the label mining's minimum number of cases.";

    internal override string? WordForNone(string normal) => null;

    internal override bool WeighsDraws => true;

    internal override float[] Fold(int[] baseOf, ReadOnlySpan<float> values) => BaseLabels.Fold(baseOf, values);

    internal override float[] Decide(int[] baseOf, float[] scores, IReadOnlyList<float>? thresholds) =>
        OneHot(Array.TrueForAll(scores, float.IsFinite) ? BaseLabels.ArgMax(baseOf, scores) : -1, baseOf.Max() + 1);

    /// <summary>The entropy of the labels, as a part of that of labels which are all equally probable; 0 for one label.</summary>
    internal override double Entropy(IReadOnlyList<float> probabilities) =>
        Math.Clamp(probabilities.Sum(p => Surprise(p)) * EntropyScale(probabilities.Count), 0, 1);

    /// <summary>1 over the entropy of so many labels that are equally probable; 0 for one label.</summary>
    internal static double EntropyScale(int labels) => labels > 1 ? 1 / Math.Log(labels) : 0;

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
/// Any number of findings per image, independent of each other given the image: a finding is as probable as its most probable part, and is detected
/// at or above its threshold.
/// </summary>
internal sealed class IndependentFindings : LabelScheme
{
    /// <summary>The lower bound of 1 - P for a finding that is not searched, so that its logarithm exists in the graph.</summary>
    internal const float LeastAbsence = 1e-12f;

    internal override string Name => "independentFindings";

    internal override int FormatVersion => 2;

    internal override float[] Arrange(float[] truth, int[] from) => [.. from.Select(i => i < 0 ? float.NaN : truth[i])];

    internal override int Stratum(float[] truth) => truth.Contains(1f) ? 1 : 0;

    internal override IEnumerable<(int Label, string[] Words)> Pairs(IReadOnlyList<string> labels, float[] truth, string[] caption) =>
        from said in FindingCaptions.Of(caption)
        let label = Enumerable.Range(0, labels.Count).FirstOrDefault(k => labels[k] == said.Finding, -1)
        where label >= 0 && truth[label] == 1
        select (label, said.Words);

    internal override int Written(int labels) => labels;

    internal override int PlaceOf(int label) => label;

    /// <summary>Each word together with its finding.</summary>
    internal override HashSet<string> ContextWords(IReadOnlyCollection<string> caption, string label) =>
        FindingCaptions
            .Of(caption)
            .SelectMany(f => f.Words.Where(word => word != f.Finding && word != CaptionText.Separator).Select(word => $"{f.Finding} {word}"))
            .ToHashSet(StringComparer.Ordinal);

    internal override string NothingToTellApart(IReadOnlyList<string> labels, float[][] truth) =>
        $"None of the {labels.Count} findings is present in some of the {truth.Length} usable training rows and absent in others; "
        + "there is nothing to tell apart.";

    internal override string? WordForNone(string normal) => normal;

    internal override bool WeighsDraws => false;

    internal override float[] Fold(int[] baseOf, ReadOnlySpan<float> values) => BaseLabels.FoldFindings(baseOf, values);

    internal override float[] Decide(int[] baseOf, float[] scores, IReadOnlyList<float>? thresholds) =>
        BaseLabels.FoldFindings(
            baseOf,
            [.. scores.Select((score, k) => float.IsNaN(score) ? float.NaN : score >= thresholds![k] ? 1f : 0f)]
        );

    /// <summary>The mean over the findings of the entropy of present and absent, in bits.</summary>
    internal override double Entropy(IReadOnlyList<float> probabilities) =>
        Math.Clamp(probabilities.Average(p => Surprise(p) + Surprise(1 - (double)p)) / Math.Log(2), 0, 1);

    internal override int Searched(IReadOnlyList<float> ranked, int most) => Math.Min(most, ranked.Count);

    internal override double Joint(IEnumerable<double> written, IEnumerable<float> others) =>
        others.Aggregate(written.Aggregate(1.0, (product, p) => product * p), (product, p) => product * (1 - (double)p));

    internal override double Occurs(IEnumerable<(float Label, double Share)> labels) =>
        Math.Clamp(1 - labels.Aggregate(1.0, (absent, l) => absent * Math.Max(1 - (l.Label * l.Share), 0)), 0, 1);

    internal override bool ReadsDecisions => true;

    internal override bool SeedsLabels => true;
}
