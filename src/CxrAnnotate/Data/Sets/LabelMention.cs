namespace CxrAnnotate;

/// <summary>A label that a data set gives to a radiograph.</summary>
/// <param name="Label">In the data set's own words.</param>
/// <param name="State">What it says of the finding.</param>
/// <param name="Places">The data set's own names of where it is.</param>
internal readonly record struct LabelMention(string Label, LabelState State, params IReadOnlyList<string> Places);

/// <summary>What a data set says of a finding that it speaks of.</summary>
internal enum LabelState
{
    Present,
    Absent,
    Uncertain,
}
