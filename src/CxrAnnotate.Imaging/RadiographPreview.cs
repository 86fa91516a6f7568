namespace CxrAnnotate;

/// <summary>Small pictures of radiographs for people: galleries, reports, pages.</summary>
public static class RadiographPreview
{
    /// <summary>Makes a square picture of a radiograph, whole, with black margins, over the bits that the file uses.</summary>
    /// <param name="path">An image of any kind that is read: DICOM, PNG, JPEG, TIFF, BMP, WebP or GIF.</param>
    /// <param name="size">The sides in pixels, 1 or more.</param>
    /// <returns>A PNG of 8 bit grey.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and says why.</exception>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    public static byte[] Png(string path, int size)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        float[] pixels = RadiographReader.Read(
            path,
            new RadiographFormat(size, size, ImageFit.Pad, Range: ValueRange.BitsUsed)
        );
        return RadiographWriter.EncodePng(RadiographWriter.ToBytes(pixels), size, size);
    }
}
