using System.Globalization;
using System.Text.Json.Serialization;

namespace CxrAnnotate.Cli;

/// <summary>How a figure is written.</summary>
internal enum FigureKind
{
    /// <summary>A fraction, written as a percentage with one decimal.</summary>
    Percent,

    /// <summary>A number with three decimals.</summary>
    Number,

    /// <summary>A whole number.</summary>
    Count,
}

/// <summary>A measured value, with its 95 % interval if known.</summary>
internal sealed record Figure(double Value, double? Low = null, double? High = null)
{
    internal string Text(FigureKind kind) => Format(Value, kind);

    /// <summary>The interval, or an empty text.</summary>
    internal string Interval(FigureKind kind) => Low is { } low && High is { } high ? $"{Format(low, kind)} to {Format(high, kind)}" : "";

    private static string Format(double value, FigureKind kind) =>
        !double.IsFinite(value)
            ? "-"
            : kind switch
            {
                FigureKind.Percent => (100 * value).ToString("F1", CultureInfo.InvariantCulture),
                FigureKind.Count => value.ToString("N0", CultureInfo.InvariantCulture),
                _ => value.ToString("F3", CultureInfo.InvariantCulture),
            };
}

/// <summary>A model, iteration or baseline in a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBaseline">Whether it ignores the image, so that a figure that is not better means nothing.</param>
internal sealed record ResultColumn(string Name, bool IsBaseline = false);

/// <summary>One metric.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">A short description.</param>
/// <param name="Figures">One figure per column; null if the metric does not apply.</param>
/// <param name="Kind">The format of the figures.</param>
/// <param name="HigherIsBetter">Whether larger figures are better; null if neither.</param>
internal sealed record ResultRow(
    string Name,
    string Meaning,
    IReadOnlyList<Figure?> Figures,
    FigureKind Kind = FigureKind.Percent,
    bool? HigherIsBetter = true
)
{
    /// <summary>The index of the best column other than a baseline; null if there is only one.</summary>
    internal int? Best(IReadOnlyList<ResultColumn> columns)
    {
        if (HigherIsBetter is not { } higher)
            return null;
        (int Index, double Value)[] measured =
        [
            .. Figures.Select((figure, i) => (i, figure?.Value ?? double.NaN)).Where(f => !columns[f.i].IsBaseline && double.IsFinite(f.Item2)),
        ];
        return measured.Select(f => Math.Round(f.Value, 4)).Distinct().Count() < 2 ? null
            : higher ? measured.MaxBy(f => f.Value).Index
            : measured.MinBy(f => f.Value).Index;
    }
}

/// <summary>Metrics of several models or iterations, with baselines.</summary>
/// <param name="Title">The title: what was measured on which data.</param>
/// <param name="Columns">The models, iterations and baselines.</param>
/// <param name="Rows">The metrics.</param>
internal sealed record ResultTable(string Title, IReadOnlyList<ResultColumn> Columns, IReadOnlyList<ResultRow> Rows)
{
    [JsonIgnore]
    internal bool HasIntervals => Rows.Any(row => row.Figures.Any(figure => figure?.Low is not null));
}
