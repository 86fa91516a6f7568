using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>
/// Numbers that are written as text (DS, IS), as the standard has them and as files have them: with a decimal comma, with marks between thousands, or
/// with a unit. What may be one number as well as another, such as 1,500, is none.
/// </summary>
internal static partial class DicomNumber
{
    /// <summary>Reads a number.</summary>
    /// <param name="text">The text, trimmed.</param>
    /// <param name="number">The number.</param>
    /// <param name="isProper">Whether it is written as the standard asks.</param>
    /// <returns>Whether it is one finite number.</returns>
    internal static bool TryRead(string text, out double number, out bool isProper)
    {
        isProper = TryPlain(text, out number);
        return isProper ? double.IsFinite(number) : TryLenient(text, out number);
    }

    private static bool TryLenient(string text, out double number)
    {
        number = 0;
        Match match = WithUnit().Match(text);
        if (!match.Success)
            return false;
        string digits = match.Groups["number"].Value;
        if (Ambiguous().IsMatch(digits))
            return false;
        // Of two different marks the last is the decimal one; one mark between groups of three digits is none.
        string plain =
            Grouped().IsMatch(digits) ? Marks().Replace(digits, "").Replace(',', '.')
            : GroupedByCommas().IsMatch(digits) ? digits.Replace(",", "", StringComparison.Ordinal)
            : GroupedByPoints().IsMatch(digits) ? digits.Replace(".", "", StringComparison.Ordinal).Replace(',', '.')
            : digits.Replace(',', '.');
        return TryPlain(plain, out number) && double.IsFinite(number);
    }

    private static bool TryPlain(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    /// <summary>A number and perhaps a unit: 400 HU, 12 %.</summary>
    [GeneratedRegex(@"^\s*(?<number>[+-]?[0-9][0-9.,' \u00A0\u0092\u2019]*(?:[eE][+-]?[0-9]+)?|[+-]?[.,][0-9]+)\s*(?:[A-Za-z%\u00B5/]{1,8})?\s*$")]
    private static partial Regex WithUnit();

    /// <summary>Thousands, or three decimals.</summary>
    [GeneratedRegex(@"^[+-]?[1-9][0-9]{0,2},[0-9]{3}\s*$")]
    private static partial Regex Ambiguous();

    /// <summary>Apostrophes or blanks between thousands: 2'000, 12 000,5.</summary>
    [GeneratedRegex(@"^[+-]?[0-9]{1,3}(?:[' \u00A0\u0092\u2019][0-9]{3})+(?:[.,][0-9]+)?\s*$")]
    private static partial Regex Grouped();

    /// <summary>1,234.5 or 1,234,567.</summary>
    [GeneratedRegex(@"^[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})\s*$")]
    private static partial Regex GroupedByCommas();

    /// <summary>1.234,5 or 1.234.567.</summary>
    [GeneratedRegex(@"^[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})\s*$")]
    private static partial Regex GroupedByPoints();

    [GeneratedRegex(@"[' \u00A0\u0092\u2019]")]
    private static partial Regex Marks();
}
