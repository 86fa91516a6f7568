namespace CxrAnnotate;

/// <summary>The cases of an evaluation of several findings per image, as arrays, one entry per case.</summary>
internal sealed record FindingCases
{
    /// <summary>The findings.</summary>
    internal required string[] Labels { get; init; }

    /// <summary>By case and finding: 1 present, 0 absent, NaN unknown.</summary>
    internal required float[][] Truth { get; init; }

    /// <summary>By case and finding: 1 detected, 0 not.</summary>
    internal required float[][] Predicted { get; init; }

    /// <summary>Probability by case and finding.</summary>
    internal required double[][] Scores { get; init; }

    /// <summary>The true annotation's tokens; empty: none.</summary>
    internal required string[] Captions { get; init; }

    /// <summary>The emitted annotation's tokens; null where nothing was decoded.</summary>
    internal required string[]? Emitted { get; init; }

    /// <summary>The unit (patient, study) that each case belongs to; intervals draw units.</summary>
    internal required string[] Units { get; init; }

    /// <summary>The word of an annotation without findings.</summary>
    internal required string NormalLabel { get; init; }

    internal int Count => Truth.Length;

    /// <summary>The same cases with the same findings in another order.</summary>
    internal FindingCases Over(string[] labels)
    {
        int[] from = [.. labels.Select(label => Array.IndexOf(Labels, label))];
        return this with { Labels = labels, Truth = Take(Truth), Predicted = Take(Predicted), Scores = Take(Scores) };

        T[][] Take<T>(T[][] values) => [.. values.Select(row => from.Select(k => row[k]).ToArray())];
    }
}
