namespace CxrAnnotate;

/// <summary>Maps a part of a source image (in its pixels, fractions allowed) to a part of the result (whole pixels).</summary>
internal readonly record struct ImageGeometry(
    double SourceX,
    double SourceY,
    double SourceWidth,
    double SourceHeight,
    int X,
    int Y,
    int Width,
    int Height
)
{
    internal static ImageGeometry Of(int sourceWidth, int sourceHeight, RadiographFormat format)
    {
        (int height, int width) = (format.Height, format.Width);
        switch (format.Fit)
        {
            case ImageFit.Pad:
                double inside = Math.Min((double)width / sourceWidth, (double)height / sourceHeight);
                int innerWidth = Math.Clamp((int)Math.Round(sourceWidth * inside), 1, width);
                int innerHeight = Math.Clamp((int)Math.Round(sourceHeight * inside), 1, height);
                return new(0, 0, sourceWidth, sourceHeight, (width - innerWidth) / 2, (height - innerHeight) / 2, innerWidth, innerHeight);
            case ImageFit.CentreCrop:
                double over = Math.Max((double)width / sourceWidth, (double)height / sourceHeight);
                double partWidth = Math.Min(sourceWidth, width / over);
                double partHeight = Math.Min(sourceHeight, height / over);
                return new((sourceWidth - partWidth) / 2, (sourceHeight - partHeight) / 2, partWidth, partHeight, 0, 0, width, height);
            default:
                return new(0, 0, sourceWidth, sourceHeight, 0, 0, width, height);
        }
    }

    /// <summary>The same part of an image that was shrunk during decoding.</summary>
    internal ImageGeometry Shrunk(double horizontal, double vertical) =>
        this with
        {
            SourceX = SourceX * horizontal,
            SourceWidth = SourceWidth * horizontal,
            SourceY = SourceY * vertical,
            SourceHeight = SourceHeight * vertical,
        };
}
