namespace CxrAnnotate;

/// <summary>A label that a data set gives to a radiograph.</summary>
/// <param name="Label">The label in the data set's own words.</param>
/// <param name="State">The state of the finding.</param>
/// <param name="Places">The data set's own names of its locations.</param>
internal readonly record struct LabelMention(string Label, LabelState State, params IReadOnlyList<string> Places);

/// <summary>The state of a finding that a data set mentions.</summary>
internal enum LabelState
{
    Present,
    Absent,
    Uncertain,
}
