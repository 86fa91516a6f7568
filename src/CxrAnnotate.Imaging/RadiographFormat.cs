using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// How radiographs are loaded: what <see cref="LoadRadiographsOptions"/> shows, what the reader reads by, and what every form of a saved model holds.
/// The defaults are what models mean that were saved before an option was there; the order is the one that files have them in.
/// </summary>
/// <param name="Height">Rows of the result, 1 or more.</param>
/// <param name="Width">Columns of the result, 1 or more.</param>
/// <param name="Fit">What happens to the aspect.</param>
/// <param name="MaximumPixels">A file whose header says more pixels than this is refused before it is decoded.</param>
/// <param name="MaximumSide">Likewise for a longer side than this.</param>
/// <param name="MaximumAspectRatio">Likewise where one side is more than so many times the other.</param>
/// <param name="MaximumBytes">Likewise for a file whose decoding takes more memory than this.</param>
/// <param name="Range">Which stored values become black and white.</param>
/// <param name="Photometric">Whether grey values are inverted.</param>
/// <param name="Dicom">What of a DICOM file is taken; null is what is taken where nothing is asked for.</param>
/// <param name="Folder">The folder that relative paths start from; null is the working folder. Whoever names a file by
/// <see cref="PathOf"/> uses it, the reader does not.</param>
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
    /// <summary>What of a DICOM file is taken.</summary>
    public DicomOptions Dicom { get; init; } = Dicom ?? DicomOptions.Default;

    internal RadiographLimits Limits => new(MaximumPixels, MaximumSide, MaximumAspectRatio, MaximumBytes);

    internal int PixelCount => Height * Width;

    /// <summary>The file that a row's path means.</summary>
    internal string PathOf(string path) => Path.Combine(Folder ?? "", path);

    /// <exception cref="ArgumentException">A value is null or out of its range; the parameter name is the option's.</exception>
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

    /// <summary>What is wrong with what a saved model says; null where it is sound.</summary>
    internal string? Problem()
    {
        try
        {
            Check();
            return null;
        }
        catch (ArgumentException e)
        {
            return $"how images are loaded is out of range ({e.ParamName})";
        }
    }
}
