using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>How image files are read, apart from what a trained model determines.</summary>
/// <param name="AcceptAnyModality">Whether DICOM images that are not radiographs are read, too.</param>
/// <param name="CacheFolder">A folder for decoded radiographs; null for none.</param>
/// <param name="Strict">Whether DICOM files that do not keep to the standard are refused.</param>
internal sealed record ReadingSettings(bool AcceptAnyModality = false, string? CacheFolder = null, bool Strict = false)
{
    /// <summary>The loading that a model was trained with, changed by these settings.</summary>
    internal LoadRadiographsOptions Apply(LoadRadiographsOptions loading) =>
        loading with
        {
            CacheFolder = CacheFolder,
            Dicom = loading.Dicom with
            {
                AcceptAnyModality = AcceptAnyModality || loading.Dicom.AcceptAnyModality,
                Strict = Strict || loading.Dicom.Strict,
            },
        };
}

/// <summary><c>--any-modality</c>, <c>--strict</c> and <c>--cache</c>, for every verb that reads image files.</summary>
internal sealed class ReadingOptions : OptionGroup<ReadingSettings>
{
    private readonly Option<bool> _anyModality = AnyModalityOption();

    private readonly Option<bool> _strict = StrictOption();

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

    /// <summary>Only <c>--strict</c>.</summary>
    internal static Option<bool> StrictOption() =>
        new("--strict")
        {
            Description = "Refuse DICOM files that do not keep to the standard. Without it, those with one sane reading are read with a warning.",
        };

    internal override IReadOnlyList<Option> Options => [_anyModality, _strict, _cache];

    internal override ReadingSettings Read(ParseResult parsed) =>
        new(parsed.GetValue(_anyModality), parsed.GetValue(_cache)?.ToString(), parsed.GetValue(_strict));
}
