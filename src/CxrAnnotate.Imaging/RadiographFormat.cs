namespace CxrAnnotate;

/// <summary>The size that radiographs are brought to, how, and how large a file may be.</summary>
/// <param name="Height">Rows of the result, 1 or more.</param>
/// <param name="Width">Columns of the result, 1 or more.</param>
/// <param name="Fit">What happens to the aspect.</param>
/// <param name="MaximumPixels">A file whose header says more pixels than this is refused before it is decoded.</param>
/// <param name="Range">Which stored values become black and white.</param>
/// <param name="Photometric">Whether grey values are inverted.</param>
/// <param name="Dicom">What of a DICOM file is taken; null is what is taken where nothing is asked for.</param>
/// <param name="MaximumSide">Likewise for a longer side than this.</param>
/// <param name="MaximumAspectRatio">Likewise where one side is more than so many times the other.</param>
/// <param name="MaximumBytes">Likewise for a file whose decoding takes more memory than this.</param>
internal readonly record struct RadiographFormat(
    int Height,
    int Width,
    ImageFit Fit = ImageFit.Squeeze,
    long MaximumPixels = RadiographFormat.DefaultMaximumPixels,
    ValueRange Range = ValueRange.FullScale,
    PhotometricHandling Photometric = PhotometricHandling.AsStored,
    DicomOptions? Dicom = null,
    int MaximumSide = RadiographLimits.DefaultSide,
    double MaximumAspectRatio = RadiographLimits.DefaultAspectRatio,
    long MaximumBytes = RadiographLimits.DefaultBytes
)
{
    internal const long DefaultMaximumPixels = RadiographLimits.DefaultPixels;

    internal RadiographLimits Limits => new(MaximumPixels, MaximumSide, MaximumAspectRatio, MaximumBytes);

    internal int PixelCount => Height * Width;
}
