namespace CxrAnnotate;

/// <summary>What several radiologists say of one image.</summary>
/// <param name="name">The image.</param>
/// <param name="line">Its first line in the table.</param>
internal sealed class ImageVotes(string name, int line)
{
    private readonly OrderedDictionary<string, (int Present, int Of)> _counts = new(StringComparer.Ordinal);

    internal string Name => name;

    internal int Line => line;

    /// <summary>Those who have read the image.</summary>
    internal HashSet<string> Radiologists { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// What the majority says: a label is present if more than half of those who say something of it call it present, uncertain if fewer do, and
    /// absent if none does.
    /// </summary>
    internal IReadOnlyList<LabelMention> Mentions =>
        [
            .. _counts.Select(label => new LabelMention(
                label.Key,
                2 * label.Value.Present > label.Value.Of ? LabelState.Present
                    : label.Value.Present > 0 ? LabelState.Uncertain
                    : LabelState.Absent
            )),
        ];

    /// <summary>Adds opinions on a label.</summary>
    /// <param name="label">The label.</param>
    /// <param name="present">The number of radiologists who call it present.</param>
    /// <param name="of">The number of those who say something of it.</param>
    internal void Count(string label, int present, int of)
    {
        (int earlier, int all) = _counts.GetValueOrDefault(label);
        _counts[label] = (earlier + present, all + of);
    }
}
