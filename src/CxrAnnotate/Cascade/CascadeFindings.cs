namespace CxrAnnotate;

/// <summary>
/// What a cascade learns contexts of: with single labels each row under its label, with several findings each present finding of a row that the
/// caption has words for. The labels of later iterations are those of instances.
/// </summary>
/// <param name="Row">The row.</param>
/// <param name="Label">Index of the base label.</param>
/// <param name="Words">The words of the caption that are about it.</param>
internal readonly record struct CascadeInstance(int Row, int Label, string[] Words)
{
    /// <summary>The instances of rows, row by row.</summary>
    internal static CascadeInstance[] Of(CascadeRows rows, IReadOnlyList<string> labels)
    {
        if (rows.Targets is not { } targets)
            return [.. Enumerable.Range(0, rows.Count).Select(i => new CascadeInstance(i, rows.Labels[i], rows.Captions[i]))];
        var index = labels.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        return
        [
            .. Enumerable
                .Range(0, rows.Count)
                .SelectMany(i =>
                    FindingCaptions
                        .Of(rows.Captions[i])
                        .Where(f => index.TryGetValue(f.Finding, out int label) && targets[i][label] == 1)
                        .Select(f => new CascadeInstance(i, index[f.Finding], f.Words))
                ),
        ];
    }
}

/// <summary>Several findings per row in the labels of an iteration, where a finding may have parts.</summary>
internal static class CascadeFindings
{
    /// <summary>
    /// The targets of rows over the labels of an iteration. A finding that is present has 1 at the parts of its instances and 0 at the others; where
    /// it has no instance, which part it is is not known.
    /// </summary>
    internal static float[][] Targets(CascadeRows rows, IReadOnlyList<string> names, CascadeInstance[] instances, int[] present)
    {
        int[] baseOf = BaseLabels.Indices(names);
        var parts = instances.Select((instance, i) => (instance.Row, Part: present[i])).ToHashSet();
        var covered = instances.Select(instance => (instance.Row, instance.Label)).ToHashSet();
        var split = baseOf.GroupBy(b => b).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        return
        [
            .. rows.Targets!.Select(
                (truth, row) =>
                    baseOf
                        .Select(
                            (b, part) =>
                                truth[b] != 1 || !split.Contains(b) ? truth[b]
                                : !covered.Contains((row, b)) ? float.NaN
                                : parts.Contains((row, part)) ? 1f
                                : 0f
                        )
                        .ToArray()
            ),
        ];
    }

    /// <summary>
    /// The targets of rows whose parts are not known: a present finding is said to be its first part, which is right once the parts are put together.
    /// </summary>
    internal static float[][] FirstParts(CascadeRows rows, IReadOnlyList<string> names)
    {
        int[] baseOf = BaseLabels.Indices(names);
        return
        [
            .. rows.Targets!.Select(truth => baseOf.Select((b, part) => truth[b] == 1 && Array.IndexOf(baseOf, b) != part ? 0f : truth[b]).ToArray()),
        ];
    }

    /// <summary>The name that a row is divided by: its rarest finding (labels are in order of frequency), empty for none.</summary>
    internal static string Stratum(float[] targets, IReadOnlyList<string> labels) =>
        Array.LastIndexOf(targets, 1f) is >= 0 and int rarest ? labels[rarest] : "";

    /// <summary>The mean over the findings that occur in truth or decisions of the F1 score, unknown ones left out; 0 where none occurs.</summary>
    internal static double MacroF1(float[][] truth, float[][] decided, int labels)
    {
        double mean = DecisionCounts.MacroF1(
            Enumerable
                .Range(0, labels)
                .Select(k => DecisionCounts.Of(truth.Length, i => float.IsNaN(truth[i][k]) ? null : truth[i][k] == 1, i => decided[i][k] == 1))
        );
        return double.IsNaN(mean) ? 0 : mean;
    }

    /// <summary>The words of a caption that are about its findings, each with the finding it is about.</summary>
    internal static HashSet<string> ContextWords(IReadOnlyList<string> caption) =>
        FindingCaptions
            .Of(caption)
            .SelectMany(f => f.Words.Where(word => word != f.Finding && word != DecoderVocabulary.Separator).Select(word => $"{f.Finding} {word}"))
            .ToHashSet(StringComparer.Ordinal);
}
