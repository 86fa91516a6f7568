namespace CxrAnnotate.Cli;

/// <summary>A heat map in a record of <c>cxr annotate --explain</c>.</summary>
/// <param name="Subject">The finding or word.</param>
/// <param name="Rows">Rows of cells.</param>
/// <param name="Columns">Columns of cells.</param>
/// <param name="Values">One value from 0 to 1 for each cell, row-major, rounded to four decimals.</param>
/// <param name="Overlay">The name of its picture in the folder of <c>--explain</c>; null if the picture could not be made.</param>
internal sealed record ExplainedPart(string Subject, int Rows, int Columns, IReadOnlyList<double> Values, string? Overlay)
{
    internal static ExplainedPart Of(HeatMap map, string? overlay) =>
        new(map.Subject, map.Rows, map.Columns, [.. map.Values.Select(value => Math.Round((double)value, 4))], overlay);
}
