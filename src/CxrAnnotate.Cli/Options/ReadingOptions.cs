using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>How image files are read, apart from what a trained model determines.</summary>
/// <param name="AcceptAnyModality">Whether DICOM images that are not radiographs are read, too.</param>
/// <param name="CacheFolder">A folder for decoded radiographs; null for none.</param>
internal sealed record ReadingSettings(bool AcceptAnyModality = false, string? CacheFolder = null)
{
    /// <summary>The loading that a model was trained with, changed by these settings.</summary>
    internal LoadRadiographsOptions Apply(LoadRadiographsOptions loading) =>
        loading with
        {
            CacheFolder = CacheFolder,
            Dicom = loading.Dicom with { AcceptAnyModality = AcceptAnyModality || loading.Dicom.AcceptAnyModality },
        };
}

/// <summary><c>--any-modality</c> and <c>--cache</c>, for every verb that reads image files.</summary>
internal sealed class ReadingOptions : OptionGroup<ReadingSettings>
{
    private readonly Option<bool> _anyModality = AnyModalityOption();

    private readonly Option<DirectoryInfo?> _cache = new("--cache")
    {
        HelpName = "DIR",
        Description =
            "A folder for decoded radiographs, at most 10 GiB: each is decoded once, for this command and later ones. Results are the same with "
            + "and without it.",
    };

    /// <summary>Only <c>--any-modality</c>, for a verb that reads every file once.</summary>
    internal static Option<bool> AnyModalityOption() =>
        new("--any-modality") { Description = "Read DICOM images of other modalities than radiography, too." };

    internal override IReadOnlyList<Option> Options => [_anyModality, _cache];

    internal override ReadingSettings Read(ParseResult parsed) => new(parsed.GetValue(_anyModality), parsed.GetValue(_cache)?.ToString());
}
