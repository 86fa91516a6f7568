namespace CxrAnnotate;

/// <summary>The multi-label truth of a row: 1 present, 0 absent, NaN unknown.</summary>
/// <param name="labels">The findings, in the order of the slots.</param>
/// <param name="absentIsStated">Whether absence is stated by name, so that an unmentioned finding is unknown.</param>
internal sealed class FindingTargets(IReadOnlyList<MinedPattern> labels, bool absentIsStated)
{
    private readonly Dictionary<string, int> _slots = labels
        .Select((label, slot) => (label.Name, slot))
        .ToDictionary(pair => pair.Name, pair => pair.slot, StringComparer.Ordinal);

    /// <summary>The targets of one row. A finding in the annotation is present, whatever the other texts say; an uncertain one is unknown.</summary>
    /// <param name="findings">The findings of its annotation; null if it has none.</param>
    /// <param name="isNormal">Whether the annotation states that there is no finding.</param>
    /// <param name="absent">Findings that are stated to be absent, joined by <c>|</c>; read only if absence is stated.</param>
    /// <param name="uncertain">Uncertain findings, joined by <c>|</c>.</param>
    internal float[] Of(RowFindings? findings, bool isNormal, string absent, string uncertain)
    {
        float[] targets = new float[labels.Count];
        bool silenceIsAbsence = findings is not null && (isNormal || !absentIsStated);
        Array.Fill(targets, silenceIsAbsence ? 0 : float.NaN);
        if (absentIsStated)
            Set(targets, absent, 0);
        Set(targets, uncertain, float.NaN);
        foreach (string term in findings?.Terms ?? [])
        {
            if (_slots.TryGetValue(term, out int slot))
                targets[slot] = 1;
        }
        return targets;
    }

    private void Set(float[] targets, string named, float value)
    {
        foreach (string term in named.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int end = term.IndexOf('/', StringComparison.Ordinal);
            if (_slots.TryGetValue(MeshNormalization.Token(end < 0 ? term : term[..end]), out int slot))
                targets[slot] = value;
        }
    }
}
