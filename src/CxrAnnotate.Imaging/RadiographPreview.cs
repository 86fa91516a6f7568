using NetVips;

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

    /// <summary>
    /// Makes a preview that shows what a model sees with a way of fitting, in a few kilobytes: the whole radiograph in its own shape
    /// (<see cref="ImageFit.Squeeze"/>), with black margins (<see cref="ImageFit.Pad"/>), or its centre (<see cref="ImageFit.CentreCrop"/>). It is
    /// scaled to the bits that the file uses. A heat map of the model covers all of it.
    /// </summary>
    /// <param name="path">A file of any supported format: DICOM, PNG, JPEG, TIFF, BMP, WebP or GIF.</param>
    /// <param name="size">The longer side in pixels, 1 or more; a smaller radiograph is not enlarged.</param>
    /// <param name="fit">The way of fitting.</param>
    /// <param name="quality">The quality of the compression, 1 (small) to 100 (faithful).</param>
    /// <returns>A WebP, with losses.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1, or the quality is not from 1 to 100.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and says why.</exception>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    public static byte[] WebP(string path, int size, ImageFit fit = ImageFit.Pad, int quality = 75)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        OptionChecks.Require(quality is >= 1 and <= 100, nameof(quality), quality, "from 1 to 100");
        (int width, int height) = ShapeOf(path, size) ?? (size, size);
        size = Math.Min(size, Math.Max(width, height));
        double scale = (double)size / Math.Max(width, height);
        (width, height) =
            fit == ImageFit.Squeeze
                ? (Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale)))
                : (size, size);
        byte[] grey = RadiographWriter.ToBytes(RadiographReader.Read(path, new RadiographFormat(height, width, fit, Range: ValueRange.BitsUsed)));
        using Image samples = Image.NewFromMemoryCopy(grey, width, height, 1, Enums.BandFormat.Uchar);
        using Image picture = samples.Copy(interpretation: Enums.Interpretation.Bw);
        return picture.WebpsaveBuffer(q: quality, effort: 4, keep: Enums.ForeignKeep.None);
    }

    /// <summary>The width and height of a radiograph, at least where they are below a size; null if they are not known without reading it.</summary>
    private static (int Width, int Height)? ShapeOf(string path, int size)
    {
        try
        {
            RadiographFile file = new(path);
            Span<byte> start = file.Begin(stackalloc byte[RadiographReader.StartLength]);
            if (DicomFile.Looks(start))
            {
                DicomImage image = DicomImage.Of(DicomFile.Open(file, RadiographLimits.Default), RadiographLimits.Default);
                return (image.Columns, image.Rows);
            }

            PictureKind kind = PictureFile.KindOf(start);
            if (PictureFile.Open(file, kind, RadiographLimits.Default) is { } picture)
                return (picture.Width, picture.Height);
            VipsRuntime.EnsureLoaded();
            using VipsRows rows = VipsRows.Open(file, kind, new RadiographFormat(size, size), out _);
            return (rows.Width, rows.Height);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or VipsException or NotSupportedException)
        {
            // Reading the radiograph says what is wrong.
            return null;
        }
    }
}
