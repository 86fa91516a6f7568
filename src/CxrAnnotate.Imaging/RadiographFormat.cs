using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// How radiographs are loaded. <see cref="LoadRadiographsOptions"/> exposes it, the reader uses it, and every form of a saved model stores it. The
/// defaults apply to models that were saved before an option existed; the order is that of the files.
/// </summary>
/// <param name="Height">Rows of the result, 1 or more.</param>
/// <param name="Width">Columns of the result, 1 or more.</param>
/// <param name="Fit">How the image is fitted to the height and width.</param>
/// <param name="MaximumPixels">The maximum number of pixels; a file whose header declares more is rejected before it is decoded.</param>
/// <param name="MaximumSide">The maximum length of a side.</param>
/// <param name="MaximumAspectRatio">The maximum ratio of the longer to the shorter side.</param>
/// <param name="MaximumBytes">The maximum memory for decoding a file, in bytes.</param>
/// <param name="Range">Which stored values become black and white.</param>
/// <param name="Photometric">Whether grey values are inverted.</param>
/// <param name="Dicom">How DICOM files are read; null: the defaults.</param>
/// <param name="Folder">The folder that relative paths start from; null: the working folder. <see cref="PathOf"/> uses it, the reader does
/// not.</param>
internal sealed record RadiographFormat(
    int Height,
    int Width,
    ImageFit Fit = ImageFit.Squeeze,
    long MaximumPixels = RadiographLimits.DefaultPixels,
    int MaximumSide = RadiographLimits.DefaultSide,
    double MaximumAspectRatio = RadiographLimits.DefaultAspectRatio,
    long MaximumBytes = RadiographLimits.DefaultBytes,
    ValueRange Range = ValueRange.FullScale,
    PhotometricHandling Photometric = PhotometricHandling.AsStored,
    DicomOptions? Dicom = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Folder = null
)
{
    /// <summary>How DICOM files are read.</summary>
    public DicomOptions Dicom { get; init; } = Dicom ?? DicomOptions.Default;

    internal RadiographLimits Limits => new(MaximumPixels, MaximumSide, MaximumAspectRatio, MaximumBytes);

    internal int PixelCount => Height * Width;

    /// <summary>The full path of a file named in a row.</summary>
    internal string PathOf(string path) => Path.Combine(Folder ?? "", path);

    /// <summary>This format for reading of more modalities, or more strictly, than a model was trained with; never the reverse.</summary>
    internal RadiographFormat Reading(bool anyModality, bool strictly) =>
        this with
        {
            Dicom = Dicom with { AcceptAnyModality = Dicom.AcceptAnyModality || anyModality, Strict = Dicom.Strict || strictly },
        };

    /// <exception cref="ArgumentException">A value is null or out of range; the parameter name is the option's.</exception>
    internal void Check()
    {
        OptionChecks.Require(Height >= 1, nameof(Height), Height, "at least 1");
        OptionChecks.Require(Width >= 1, nameof(Width), Width, "at least 1");
        OptionChecks.Require((long)Height * Width <= Array.MaxLength, nameof(Height), Height, $"at most {Array.MaxLength / Width} for this Width");
        OptionChecks.Require(Enum.IsDefined(Fit), nameof(Fit), Fit, "Squeeze, Pad or CentreCrop");
        OptionChecks.Require(Enum.IsDefined(Range), nameof(Range), Range, "FullScale, BitsUsed or Percentiles");
        OptionChecks.Require(Enum.IsDefined(Photometric), nameof(Photometric), Photometric, "AsStored, Inverted or Automatic");
        OptionChecks.Require(MaximumPixels >= 1, nameof(MaximumPixels), MaximumPixels, "at least 1");
        OptionChecks.Require(MaximumSide >= 1, nameof(MaximumSide), MaximumSide, "at least 1");
        OptionChecks.Require(MaximumAspectRatio >= 1, nameof(MaximumAspectRatio), MaximumAspectRatio, "at least 1");
        OptionChecks.Require(MaximumBytes >= 1, nameof(MaximumBytes), MaximumBytes, "at least 1");
        ArgumentNullException.ThrowIfNull(Dicom);
        Dicom.Check();
    }

    /// <summary>What is wrong with the format of a saved model; null if it is valid.</summary>
    internal string? Problem()
    {
        try
        {
            Check();
            return null;
        }
        catch (ArgumentException e)
        {
            return $"a loading option is out of range ({e.ParamName})";
        }
    }
}
