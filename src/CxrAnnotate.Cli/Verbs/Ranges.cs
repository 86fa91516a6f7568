using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Checks of option values that name the option and what it takes.</summary>
internal static class Ranges
{
    /// <summary>The option, refusing values outside a closed interval.</summary>
    internal static Option<T> Within<T>(this Option<T> option, double minimum, double maximum = double.PositiveInfinity)
    {
        option.Validators.Add(result =>
        {
            if (Value(result, option) is { } value && !(value >= minimum && value <= maximum))
            {
                string range = double.IsPositiveInfinity(maximum) ? $"at least {Text(minimum)}" : $"from {Text(minimum)} to {Text(maximum)}";
                result.AddError($"{option.Name} must be {range}, not {Text(value)}.");
            }
        });
        return option;
    }

    /// <summary>Null where there is no value, or one that is no number, which is reported elsewhere.</summary>
    private static double? Value<T>(OptionResult result, Option<T> option)
    {
        if (result.Errors.Any() || result.Tokens.Count == 0)
            return null;
        return double.TryParse(result.Tokens[^1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && result.GetValue(option) is not null ? value : null;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
