namespace CxrAnnotate.Tests;

/// <summary>Single-label cases as one-hot matrices.</summary>
internal static class OneHot
{
    /// <summary>Truth by case; -1: unknown.</summary>
    internal static float[][] Truth(int labels, params int[] truth) => Rows(labels, truth, float.NaN);

    /// <summary>Decisions by case; -1: none.</summary>
    internal static float[][] Decisions(int labels, params int[] decisions) => Rows(labels, decisions, 0);

    /// <summary>Training rows by label name.</summary>
    internal static TrainingCases Training(string[] labels, string[] captions, string[]? sources = null, string[]? views = null)
    {
        string[] names = [.. labels.Distinct()];
        return new TrainingCases
        {
            Labels = names,
            Truth = Truth(names.Length, [.. labels.Select(label => Array.IndexOf(names, label))]),
            Captions = captions,
            Sources = sources,
            Views = views,
        };
    }

    private static float[][] Rows(int labels, int[] of, float none) =>
        [
            .. of.Select(label =>
                Enumerable
                    .Range(0, labels)
                    .Select(k =>
                        label < 0 ? none
                        : k == label ? 1f
                        : 0
                    )
                    .ToArray()
            ),
        ];
}
