namespace CxrAnnotate;

/// <summary>The size that radiographs are brought to, how, and how large a file may be.</summary>
/// <param name="Height">Rows of the result, 1 or more.</param>
/// <param name="Width">Columns of the result, 1 or more.</param>
/// <param name="Fit">What happens to the aspect.</param>
/// <param name="MaximumPixels">A file whose header says more pixels than this is refused before it is decoded.</param>
/// <param name="Range">Which stored values become black and white.</param>
/// <param name="Photometric">Whether grey values are turned over.</param>
/// <param name="Dicom">What of a DICOM file is taken; null is what is taken where nothing is asked for.</param>
internal readonly record struct RadiographFormat(
    int Height, int Width, ImageFit Fit = ImageFit.Squeeze, long MaximumPixels = RadiographFormat.DefaultMaximumPixels, ValueRange Range = ValueRange.FullScale,
    PhotometricHandling Photometric = PhotometricHandling.AsStored, DicomOptions? Dicom = null)
{
    internal const long DefaultMaximumPixels = 64_000_000;

    internal int PixelCount => Height * Width;
}
