using System.Globalization;
using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>A column by which cases are grouped.</summary>
/// <param name="Name">Its name, as pages show it.</param>
/// <param name="Values">The group of each row; empty if unknown.</param>
/// <param name="IsPublic">Whether its values name neither persons nor institutions nor devices.</param>
internal sealed record GroupColumn(string Name, IReadOnlyList<string> Values, bool IsPublic)
{
    internal int Groups => Values.Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).Count();

    /// <summary>The column with numbered groups (<c>device 1</c>, <c>device 2</c>) where their values may be names.</summary>
    internal GroupColumn WithoutNames()
    {
        if (IsPublic)
            return this;
        List<string> names = [.. Values.Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return this with
        {
            Values =
            [
                .. Values.Select(value =>
                    value.Length == 0 || PublicNames.IsSource(value) || PublicNames.IsView(value)
                        ? value
                        : $"{Name.ToLowerInvariant()} {names.IndexOf(value) + 1}"
                ),
            ],
            IsPublic = true,
        };
    }
}

/// <summary>The columns by which the cases of an evaluation are grouped: those that were asked for, and the usual ones that differ.</summary>
internal static class CaseGroups
{
    /// <summary>Texts of a column beyond the most frequent ones are put together.</summary>
    private const int MostGroups = 12;

    private const string Others = "others";

    private static readonly string[] _usual = ["view", "sex", "age", "device", "source"];

    /// <summary>The columns of a table.</summary>
    /// <param name="context">The context, whose log receives what is wrong with the table.</param>
    /// <param name="data">The table.</param>
    /// <param name="table">How it is read.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="asked">Columns to include, by their headers or usual names, in any case.</param>
    /// <exception cref="InvalidDataException">The table has no such column.</exception>
    internal static IReadOnlyList<GroupColumn> Of(
        MLContext context,
        string data,
        TableSettings table,
        IReadOnlyList<RadiographRecord> rows,
        IReadOnlyList<string> asked
    ) =>
        [
            .. asked.Select(name => Known(name, rows) ?? Further(context, data, table, rows, name)),
            .. _usual
                .Where(name => !asked.Contains(name, StringComparer.OrdinalIgnoreCase))
                .Select(name => Known(name, rows)!)
                .Where(column => column.Groups > 1),
        ];

    private static GroupColumn? Known(string name, IReadOnlyList<RadiographRecord> rows) =>
        name.ToUpperInvariant() switch
        {
            "VIEW" => new("View", [.. rows.Select(row => row.View)], IsPublic: false),
            "SEX" => new("Sex", [.. rows.Select(row => row.PatientSex)], IsPublic: true),
            "AGE" => new("Age", [.. rows.Select(row => AgeBands.Of(row.PatientAge))], IsPublic: true),
            "DEVICE" or "MANUFACTURER" => new("Device", [.. rows.Select(row => row.Manufacturer)], IsPublic: false),
            "SOURCE" => new("Source", [.. rows.Select(row => row.Source)], IsPublic: false),
            _ => null,
        };

    private static GroupColumn Further(
        MLContext context,
        string data,
        TableSettings table,
        IReadOnlyList<RadiographRecord> rows,
        string name
    )
    {
        IReadOnlyDictionary<string, string> read = context.ChestXray().Data.ReadColumn(data, name, table.Columns);
        string[] values = [.. rows.Select(row => read.GetValueOrDefault(row.ImagePath, ""))];
        string[] distinct = [.. values.Where(value => value.Length > 0).Distinct(StringComparer.Ordinal)];
        if (distinct.Length <= MostGroups)
            return new GroupColumn(name, values, IsPublic: false);
        return Quarters(name, values) ?? new GroupColumn(name, MostFrequent(values), IsPublic: false);
    }

    /// <summary>A column of many numbers in four bands with about as many rows each; null if it has other texts, too.</summary>
    private static GroupColumn? Quarters(string name, string[] values)
    {
        double?[] numbers = [.. values.Select(Number)];
        if (values.Where((value, i) => value.Length > 0 && numbers[i] is null).Any())
            return null;
        double[] ascending = [.. numbers.OfType<double>().Order()];
        double[] bounds = [.. ((double[])[0.25, 0.5, 0.75]).Select(share => ascending[(int)(share * (ascending.Length - 1))]).Distinct()];
        string Band(double number)
        {
            int band = bounds.Count(bound => bound < number);
            string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
            return band == 0 ? $"up to {Text(bounds[0])}"
                : band == bounds.Length ? $"above {Text(bounds[^1])}"
                : $"above {Text(bounds[band - 1])}, up to {Text(bounds[band])}";
        }
        return new GroupColumn(name, [.. numbers.Select(number => number is { } known ? Band(known) : "")], IsPublic: true);
    }

    private static double? Number(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    private static string[] MostFrequent(string[] values)
    {
        HashSet<string> kept =
        [
            .. values
                .Where(value => value.Length > 0)
                .GroupBy(value => value, StringComparer.Ordinal)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key, StringComparer.Ordinal)
                .Take(MostGroups - 1)
                .Select(group => group.Key),
        ];
        return [.. values.Select(value => value.Length == 0 || kept.Contains(value) ? value : Others)];
    }
}
