namespace CxrAnnotate;

/// <summary>The check of an option's value.</summary>
internal static class OptionChecks
{
    /// <exception cref="ArgumentOutOfRangeException">The condition does not hold; the parameter name is the option's.</exception>
    internal static void Require(bool holds, string option, object? value, string range)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(option, value, ErrorCode.OptionOutOfRange.Message($"{option} must be {range}."));
    }
}
