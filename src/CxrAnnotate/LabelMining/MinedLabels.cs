namespace CxrAnnotate;

/// <summary>A set of terms, and how many rows have exactly this set (or, for a term counted by itself, have it among others).</summary>
internal sealed class MinedPattern(string name, int index, IReadOnlyList<string> terms)
{
    /// <summary>The terms in ordinal order, joined by <c>+</c>.</summary>
    internal string Name { get; } = name;

    /// <summary>The place in the order of first appearance, from 0.</summary>
    internal int Index { get; } = index;

    internal IReadOnlyList<string> Terms { get; } = terms;

    internal int Cases { get; set; }
}

/// <summary>The labels that were found, and the label of any row.</summary>
internal sealed class MinedLabels
{
    private readonly Dictionary<string, int> _labelOf;
    private readonly bool _byTerm;

    internal MinedLabels(IReadOnlyList<MinedPattern> patterns, IReadOnlyList<MinedPattern> terms, IReadOnlyList<MinedPattern> labels, bool byTerm)
    {
        Patterns = patterns;
        Terms = terms;
        Labels = labels;
        _byTerm = byTerm;
        _labelOf = new Dictionary<string, int>(labels.Count, StringComparer.Ordinal);
        for (int i = 0; i < labels.Count; i++)
            _labelOf.Add(labels[i].Name, i);
    }

    /// <summary>All patterns in the order of their first appearance.</summary>
    internal IReadOnlyList<MinedPattern> Patterns { get; }

    /// <summary>All terms in the order of their first appearance, with the rows that have them, alone or among others.</summary>
    internal IReadOnlyList<MinedPattern> Terms { get; }

    /// <summary>The labels, most frequent first.</summary>
    internal IReadOnlyList<MinedPattern> Labels { get; }

    /// <summary>The label of a row: an index into <see cref="Labels"/>, -1 if it has none.</summary>
    internal int LabelOf(RowFindings? row)
    {
        if (row is null)
            return -1;
        if (_labelOf.TryGetValue(row.Pattern, out int label))
            return label;
        int best = -1;
        if (_byTerm)
        {
            foreach (string term in row.Terms)
            {
                // Labels are in order of frequency.
                if (_labelOf.TryGetValue(term, out int i) && (best < 0 || i < best))
                    best = i;
            }
        }
        return best;
    }

    /// <summary>The terms of a label; none for -1.</summary>
    internal IReadOnlyCollection<string> TermsOf(int label) => label < 0 ? [] : Labels[label].Terms;
}
