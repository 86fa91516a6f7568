using System.CommandLine;
using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>How stored values are converted to grey, for verbs that train; a trained model stores it.</summary>
internal sealed record LoadingSettings(ValueRange Range, PhotometricHandling Photometric, int Frame, int? Window);

/// <summary><c>--range</c>, <c>--photometric</c>, <c>--frame</c> and <c>--window</c>.</summary>
internal sealed class LoadingOptions : OptionGroup<LoadingSettings>
{
    private static readonly Dictionary<string, ValueRange> Ranges = new(StringComparer.OrdinalIgnoreCase)
    {
        ["full-scale"] = ValueRange.FullScale,
        ["bits-used"] = ValueRange.BitsUsed,
        ["percentiles"] = ValueRange.Percentiles,
    };

    private static readonly Dictionary<string, PhotometricHandling> Photometrics = new(StringComparer.OrdinalIgnoreCase)
    {
        ["as-stored"] = PhotometricHandling.AsStored,
        ["inverted"] = PhotometricHandling.Inverted,
        ["automatic"] = PhotometricHandling.Automatic,
    };

    private readonly Option<string> _range = new Option<string>("--range")
    {
        HelpName = string.Join('|', Ranges.Keys),
        Description =
            "Which stored values become black and white: the range of the file type, the range of the bits in use, or the 0.5th to the 99.5th "
            + "percentile of each radiograph.",
        DefaultValueFactory = _ => "bits-used",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Ranges.Keys]);

    private readonly Option<string> _photometric = new Option<string>("--photometric")
    {
        HelpName = string.Join('|', Photometrics.Keys),
        Description = "Which radiographs are inverted so that lungs are dark: none, all, or those whose margins are brighter than their middle.",
        DefaultValueFactory = _ => "as-stored",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Photometrics.Keys]);

    private readonly Option<int> _frame = new Option<int>("--frame")
    {
        HelpName = "N",
        Description = "The frame of multi-frame DICOM images; 0 is the first.",
        DefaultValueFactory = _ => 0,
    }.Within(0);

    private readonly Option<string> _window = new("--window")
    {
        HelpName = "N|none",
        Description =
            "Which of a DICOM file's look-up tables and windows is applied; 0 is the first. With none, grey is from the darkest to the brightest "
            + "value.",
        DefaultValueFactory = _ => "0",
    };

    internal override IReadOnlyList<Option> Options => [_range, _photometric, _frame, _window];

    internal override LoadingSettings Read(ParseResult parsed) =>
        new(
            Ranges[parsed.GetRequiredValue(_range)],
            Photometrics[parsed.GetRequiredValue(_photometric)],
            parsed.GetValue(_frame),
            WindowOf(parsed.GetRequiredValue(_window))
        );

    private static int? WindowOf(string text)
    {
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase))
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new UsageException(ErrorCode.CommandLine.Message($"--window is '{text}'; give a number from 0 on, or none."));
    }
}
