using System.Globalization;

namespace CxrAnnotate;

/// <summary>Parses sex and age in the forms that tables use.</summary>
internal static class PatientFacts
{
    /// <summary>The maximum age; higher values in the public sets are typing errors.</summary>
    internal const float OldestAge = 120;

    /// <summary>M, F, or empty.</summary>
    internal static string Sex(string text) =>
        text.Trim().ToUpperInvariant() switch
        {
            "M" or "MALE" or "H" or "HOMBRE" => "M",
            "F" or "FEMALE" or "MUJER" => "F",
            _ => "",
        };

    /// <summary>
    /// An age in years, from a number of years or from DICOM's form of three digits and a unit (<c>058Y</c>, <c>011M</c>, <c>003W</c>, <c>012D</c>).
    /// </summary>
    /// <param name="text">The text in the table; empty for an unknown age.</param>
    /// <param name="years">The age, or NaN.</param>
    /// <returns>False if the text is not an age from 0 to 120 years.</returns>
    internal static bool TryAge(string text, out float years)
    {
        years = float.NaN;
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        if (number.IsEmpty || number.Equals("nan", StringComparison.OrdinalIgnoreCase))
            return true;
        double unit = char.ToUpperInvariant(number[^1]) switch
        {
            'Y' => 1,
            'M' => 12,
            'W' => 365.25 / 7,
            'D' => 365.25,
            _ => 0,
        };
        if (unit > 0)
            number = number[..^1];
        if (
            !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
            || count / Math.Max(unit, 1) > OldestAge
        )
            return false;
        years = (float)(count / Math.Max(unit, 1));
        return true;
    }
}
