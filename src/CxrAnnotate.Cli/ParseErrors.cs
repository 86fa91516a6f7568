using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Cli;

/// <summary>
/// Rewords the parser's errors, which mention types, to name the option, the given value and the accepted values.
/// </summary>
internal static partial class ParseErrors
{
    internal static string InWords(ParseError error)
    {
        Option? option = (error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult)?.Option;
        string[] values = [.. (error.SymbolResult?.Tokens ?? []).Select(token => token.Value)];
        if (RequiredOption().Match(error.Message) is { Success: true } required)
            return $"{required.Groups["name"].Value} is required.";
        if (option is not null && values.Length == 0)
            return $"{option.Name} needs a value{(option.HelpName is { } taken ? $": {taken}" : "")}.";
        if (
            option is not null
            && Ranges.TakesNumbers(option.ValueType)
            && values.FirstOrDefault(value => !Ranges.IsNumber(value, option.ValueType)) is { } wrong
        )
            return $"{option.Name} is '{wrong}'; it must be {Ranges.Describe(option)}.";
        if (Choices().Match(error.Message) is { Success: true } choices)
        {
            string[] known = [.. Quoted().Matches(choices.Groups["known"].Value).Select(match => match.Groups[1].Value)];
            return $"{option?.Name ?? "The value"} is '{choices.Groups["value"].Value}'; it must be "
                + $"{(known.Length > 1 ? $"{string.Join(", ", known[..^1])} or {known[^1]}" : string.Concat(known))}.";
        }

        if (Missing().Match(error.Message) is { Success: true } missing)
        {
            string kind = missing.Groups["kind"].Value switch
            {
                "File" => "file",
                "Directory" => "folder",
                _ => "file or folder",
            };
            return $"{(option is null ? "" : $"{option.Name}: ")}there is no {kind} '{missing.Groups["path"].Value}'.";
        }

        return RequiredArgument().Match(error.Message) is { Success: true } argument
            ? $"{argument.Groups["name"].Value} is required."
            : error.Message;
    }

    [GeneratedRegex("^Argument '(?<value>.*)' not recognized. Must be one of:(?<known>.*)$", RegexOptions.Singleline)]
    private static partial Regex Choices();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("^(?<kind>File|Directory|File or directory) does not exist: '(?<path>.*)'.$", RegexOptions.Singleline)]
    private static partial Regex Missing();

    [GeneratedRegex("^Option '(?<name>.*)' is required.$")]
    private static partial Regex RequiredOption();

    [GeneratedRegex("^Required argument '(?<name>.*)' missing for command: '.*'.$")]
    private static partial Regex RequiredArgument();
}
