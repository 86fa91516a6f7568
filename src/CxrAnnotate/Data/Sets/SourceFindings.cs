namespace CxrAnnotate;

/// <summary>The columns of a record that derive from its labels. Rows with equal labels share one object.</summary>
internal sealed record SourceFindings(
    string Mesh,
    string FindingLabels,
    string AbsentLabels,
    string UncertainLabels,
    string AbsentFindings,
    string UncertainFindings
)
{
    internal static SourceFindings None { get; } = new("", "", "", "", "", "");
}
