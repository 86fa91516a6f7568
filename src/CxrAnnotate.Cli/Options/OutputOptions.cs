using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>The kinds of output that the user wants.</summary>
/// <param name="Json">Only JSON on the output.</param>
/// <param name="Quiet">Neither progress nor notes.</param>
/// <param name="Verbose">The library's log, and stack traces.</param>
internal sealed record OutputSettings(bool Json, bool Quiet, bool Verbose);

/// <summary>The options that every verb has.</summary>
internal sealed class OutputOptions : OptionGroup<OutputSettings>
{
    private readonly Option<bool> _json = new("--json")
    {
        Description = "Write JSON for other programs, and nothing else, to standard output.",
        Recursive = true,
    };

    private readonly Option<bool> _quiet = new("--quiet")
    {
        Description = "Show no progress and no notes. Results, warnings and errors are still written.",
        Recursive = true,
    };

    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Also write the library's log, and a stack trace for errors.",
        Recursive = true,
    };

    private readonly Option<string?> _settings = new("--settings")
    {
        HelpName = "FILE",
        Description =
            $"A JSON file with options that the command line does not give; '{SettingsFile.None}' reads none. [default: "
            + $"{SettingsFile.Name} in the current folder, if there is one]",
        Recursive = true,
    };

    internal override IReadOnlyList<Option> Options => [_json, _quiet, _verbose, _settings];

    /// <summary>The settings file that the user names; null if none is named.</summary>
    internal string? SettingsOf(ParseResult parsed) => parsed.GetResult(_settings)?.Tokens.Count > 0 ? parsed.GetValue(_settings) : null;

    internal override OutputSettings Read(ParseResult parsed) => new(parsed.GetValue(_json), parsed.GetValue(_quiet), parsed.GetValue(_verbose));
}
