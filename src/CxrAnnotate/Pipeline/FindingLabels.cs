namespace CxrAnnotate;

/// <summary>The findings of rows, out of a vector column with names.</summary>
internal sealed class FindingLabels(SingleVectorColumn column)
{
    private readonly string[] _names = [.. column.SlotNames!.Select(BaseLabels.NameOf)];

    /// <summary>The names of the findings that a row has; of one that has parts, its own name.</summary>
    internal string[] Present(int row) => [.. _names.Where((_, slot) => column.Values[row][slot] == 1).Distinct(StringComparer.Ordinal)];
}
