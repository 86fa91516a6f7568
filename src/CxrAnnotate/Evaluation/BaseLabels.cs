namespace CxrAnnotate;

/// <summary>The cascade's labels (<c>nodule#1</c>, <c>nodule#2</c>) brought back to the base labels that the truth is written in.</summary>
internal static class BaseLabels
{
    /// <summary>The base label of a name: what stands before the first '#'.</summary>
    internal static string Of(string name) => name.IndexOf('#', StringComparison.Ordinal) is >= 0 and int at ? name[..at] : name;

    /// <summary>The base labels in order of first appearance, and for each name the position of its base label.</summary>
    internal static (string[] Names, int[] BaseOf) Map(IReadOnlyList<string> names)
    {
        List<string> bases = [];
        int[] baseOf = new int[names.Count];
        for (int i = 0; i < baseOf.Length; i++)
        {
            string name = Of(names[i]);
            baseOf[i] = bases.IndexOf(name);
            if (baseOf[i] < 0)
            {
                baseOf[i] = bases.Count;
                bases.Add(name);
            }
        }

        return ([.. bases], baseOf);
    }

    /// <summary>The base labels and their probabilities, each the sum over its relabelled parts.</summary>
    internal static (string[] Names, double[] Scores) Fold(IReadOnlyList<string> names, ReadOnlySpan<float> scores)
    {
        (string[] bases, int[] baseOf) = Map(names);
        double[] folded = new double[bases.Length];
        for (int i = 0; i < baseOf.Length; i++)
            folded[baseOf[i]] += scores[i];
        return (bases, folded);
    }
}
