namespace CxrAnnotate;

/// <summary>The findings of rows, out of a vector column with names.</summary>
internal sealed class FindingLabels(SingleVectorColumn column)
{
    /// <summary>The names of the findings that a row has.</summary>
    internal string[] Present(int row) => [.. column.SlotNames!.Where((_, slot) => column.Values[row][slot] == 1)];
}
