namespace CxrAnnotate;

/// <summary>
/// Finds which patterns of terms are frequent enough to be labels (section 1.5 of the paper's specification). Both protocols use it.
/// </summary>
internal static class LabelMiner
{
    /// <summary>Counts patterns and picks labels.</summary>
    /// <param name="rows">The findings of the rows; null for a row without any.</param>
    /// <param name="options">The threshold and the kinds of labels.</param>
    /// <param name="normal">The normal term, which multi-label counts leave out; null for none.</param>
    internal static MinedLabels Mine(IEnumerable<RowFindings?> rows, MineLabelsOptions options, string? normal = null)
    {
        bool multi = options.Task == LabelTask.MultiLabel;
        List<MinedPattern> patterns = [],
            terms = [];
        Dictionary<string, MinedPattern> patternOf = new(StringComparer.Ordinal),
            termOf = new(StringComparer.Ordinal);
        foreach (RowFindings? row in rows)
        {
            if (row is null)
                continue;
            Count(patterns, patternOf, row.Pattern, row.Terms);
            foreach (string term in row.Terms)
                Count(terms, termOf, term, [term]);
        }

        IEnumerable<MinedPattern> candidates =
            multi ? terms.Where(term => term.Name != normal)
            : options.UnlabelledPatterns == UnlabelledPatterns.MostFrequentTerm ? terms
            : options.SingleTermPatternsOnly ? patterns.Where(pattern => pattern.Terms.Count == 1)
            : patterns;
        candidates = candidates.Where(pattern => pattern.Cases > options.MinimumCases);
        // The paper orders its labels by their rows in the training part, with ties in arbitrary order; here ties keep the order of appearance.
        MinedPattern[] labels =
            options.Protocol == MiningProtocol.Paper
                ? [.. candidates.OrderByDescending(pattern => PaperSplit.Sizes(pattern.Cases).Train).ThenBy(pattern => pattern.Index)]
                : [.. candidates.OrderByDescending(pattern => pattern.Cases).ThenBy(pattern => pattern.Name, StringComparer.Ordinal)];
        return new MinedLabels(
            patterns,
            terms,
            options.MaximumLabels > 0 ? [.. labels.Take(options.MaximumLabels)] : labels,
            !multi && options.UnlabelledPatterns == UnlabelledPatterns.MostFrequentTerm
        );
    }

    private static void Count(List<MinedPattern> list, Dictionary<string, MinedPattern> byName, string name, IReadOnlyList<string> terms)
    {
        if (!byName.TryGetValue(name, out MinedPattern? pattern))
        {
            byName.Add(name, pattern = new MinedPattern(name, list.Count, terms));
            list.Add(pattern);
        }
        pattern.Cases++;
    }
}
