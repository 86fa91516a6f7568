using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// Label names that record which label they were split from: a base label <c>nodule</c> that the cascade splits becomes <c>nodule#1</c>,
/// <c>nodule#2</c>, ...; a label that is not split keeps its name.
/// </summary>
internal static class BaseLabels
{
    /// <summary>Separates a base label from the number of its part.</summary>
    internal const char Separator = '#';

    /// <summary>The name of a part of a base label.</summary>
    internal static string PartName(string baseLabel, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{baseLabel}{Separator}{ordinal}");

    /// <summary>The part of a label's name before '#'.</summary>
    internal static string NameOf(string label)
    {
        int mark = label.IndexOf(Separator, StringComparison.Ordinal);
        return mark < 0 ? label : label[..mark];
    }

    /// <summary>Whether a label is a single heading and not a pattern of several.</summary>
    internal static bool IsHeading(string label) => !label.Contains('+', StringComparison.Ordinal);

    /// <summary>The distinct base labels in the order of their first appearance.</summary>
    internal static IReadOnlyList<string> Names(IReadOnlyList<string> labels) => [.. labels.Select(NameOf).Distinct(StringComparer.Ordinal)];

    /// <summary>The index of each label's base label in <see cref="Names"/>.</summary>
    internal static int[] Indices(IReadOnlyList<string> labels)
    {
        var index = Names(labels).Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        return [.. labels.Select(l => index[NameOf(l)])];
    }

    /// <summary>Probabilities of the base labels: the sums over their parts.</summary>
    internal static float[] Fold(int[] baseIndices, ReadOnlySpan<float> scores)
    {
        var folded = new float[baseIndices.Max() + 1];
        for (int i = 0; i < baseIndices.Length; i++)
            folded[baseIndices[i]] += scores[i];
        return folded;
    }

    /// <summary>
    /// Merges split findings: the maximum over the parts, of probabilities or of truth, since a finding is present if any part is. NaN (unknown) if a
    /// part is unknown, unless another is 1.
    /// </summary>
    internal static float[] FoldFindings(int[] baseIndices, ReadOnlySpan<float> values)
    {
        var folded = new float[baseIndices.Max() + 1];
        for (int i = 0; i < baseIndices.Length; i++)
        {
            ref float present = ref folded[baseIndices[i]];
            if (present != 1 && !(present >= values[i]))
                present = values[i] == 1 || !float.IsNaN(present) ? values[i] : present;
        }

        return folded;
    }

    /// <summary>
    /// The truth of labels from that of their base labels: a present label that was split is 1 at one of its parts and 0 at the others; NaN at all of
    /// them if its part is unknown.
    /// </summary>
    /// <param name="baseIndices">The index of each label's base label.</param>
    /// <param name="truth">One value per base label: 1 present, 0 absent, NaN unknown.</param>
    /// <param name="parts">The index of each base label's part; -1 if unknown.</param>
    internal static float[] Unfold(int[] baseIndices, float[] truth, int[] parts)
    {
        var unfolded = new float[baseIndices.Length];
        for (int label = 0; label < unfolded.Length; label++)
        {
            int of = baseIndices[label];
            bool isSplit = Array.LastIndexOf(baseIndices, of) > Array.IndexOf(baseIndices, of);
            unfolded[label] =
                truth[of] != 1 || !isSplit ? truth[of]
                : parts[of] < 0 ? float.NaN
                : parts[of] == label ? 1
                : 0;
        }

        return unfolded;
    }

    /// <summary>The most probable base label; ties go to the first.</summary>
    internal static int ArgMax(int[] baseIndices, ReadOnlySpan<float> scores)
    {
        float[] folded = Fold(baseIndices, scores);
        int best = 0;
        for (int i = 1; i < folded.Length; i++)
        {
            if (folded[i] > folded[best])
                best = i;
        }

        return best;
    }
}
