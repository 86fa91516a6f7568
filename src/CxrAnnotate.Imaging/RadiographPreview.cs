namespace CxrAnnotate;

/// <summary>Small previews of radiographs for galleries, reports and web pages.</summary>
public static class RadiographPreview
{
    /// <summary>Makes a square preview of a whole radiograph, with black margins, scaled to the bits that the file uses.</summary>
    /// <param name="path">A file of any supported format: DICOM, PNG, JPEG, TIFF, BMP, WebP or GIF.</param>
    /// <param name="size">The side in pixels, 1 or more.</param>
    /// <returns>An 8-bit grey PNG.</returns>
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
