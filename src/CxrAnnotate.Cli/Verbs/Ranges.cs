using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace CxrAnnotate.Cli;

/// <summary>Range checks of option values, with messages that name the option and the range.</summary>
internal static class Ranges
{
    private static readonly ConditionalWeakTable<Option, string> _ranges = [];

    /// <summary>Restricts the option to a closed interval; a minimum of <see cref="double.Epsilon"/> means above zero.</summary>
    internal static Option<T> Within<T>(this Option<T> option, double minimum, double maximum = double.PositiveInfinity)
    {
        string range = (minimum, maximum) switch
        {
            (double.Epsilon, double.PositiveInfinity) => "above 0",
            (double.Epsilon, _) => $"above 0 and at most {Text(maximum)}",
            (_, double.PositiveInfinity) => $"at least {Text(minimum)}",
            _ => $"from {Text(minimum)} to {Text(maximum)}",
        };
        _ranges.Add(option, range);
        option.Validators.Add(result =>
        {
            if (Value(result, typeof(T)) is { } value && !(value >= minimum && value <= maximum))
                result.AddError($"{option.Name} must be {range}, not {Text(value)}.");
        });
        return option;
    }

    /// <summary>The accepted values of the option: <c>a whole number from 1 to 10</c>.</summary>
    internal static string Describe(Option option)
    {
        string kind = IsWhole(option.ValueType) ? "a whole number" : "a number";
        return !_ranges.TryGetValue(option, out string? range)
            ? IsWhole(option.ValueType)
                ? $"{kind} from {int.MinValue} to {int.MaxValue}"
                : kind
            : IsWhole(option.ValueType) && range.StartsWith("at least", StringComparison.Ordinal)
                ? $"{kind} from {range["at least ".Length..]} to {int.MaxValue}"
                : $"{kind} {range}";
    }

    internal static bool TakesNumbers(Type type) => IsWhole(type) || (Nullable.GetUnderlyingType(type) ?? type) == typeof(double);

    internal static bool IsNumber(string text, Type type) =>
        IsWhole(type)
            ? int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            : double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _);

    private static bool IsWhole(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(int);

    /// <summary>Null if there is no value, or if it is not a number, which is reported elsewhere.</summary>
    private static double? Value(OptionResult result, Type type) =>
        result.Tokens is [.., var last]
        && IsNumber(last.Value, type)
        && double.TryParse(last.Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out double value)
            ? value
            : null;

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
