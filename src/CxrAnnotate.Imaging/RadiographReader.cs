using NetVips;

namespace CxrAnnotate;

/// <summary>
/// Reads a radiograph of any common format (PNG, JPEG, TIFF, BMP, WebP, GIF, PGM, JPEG 2000; grey or colour; DICOM) as grey values in [0, 1] of the
/// requested size.
/// The bytes are checked before anything is decoded, and a truncated file is an error, never a partly grey image.
/// </summary>
internal static class RadiographReader
{
    /// <summary>The number of bytes that identify the format: a DICOM file has its mark after a preamble of 128 bytes.</summary>
    internal const int StartLength = 140;

    /// <summary>The text around the reason in the message about an unreadable file.</summary>
    private const string Between = " cannot be read: ",
        Advice = ". A whole PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM file is needed.";

    /// <summary>Whether the pixels mark a radiograph that could not be read: NaN in every pixel.</summary>
    internal static bool IsMissing(ReadOnlySpan<float> pixels) => pixels.Length > 0 && float.IsNaN(pixels[0]);

    /// <summary>Reads the pixels, row-major, [Height, Width].</summary>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and gives the reason and advice.</exception>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    internal static float[] Read(string path, RadiographFormat format)
    {
        float[] pixels = new float[format.PixelCount];
        Read(path, format, pixels);
        return pixels;
    }

    /// <summary>As <see cref="Read(string, RadiographFormat)"/>, into a buffer of Height * Width values.</summary>
    /// <returns>What the file says wrong and was read nevertheless.</returns>
    internal static IReadOnlyList<InputWarning> Read(string path, RadiographFormat format, Span<float> pixels) =>
        Read(new RadiographFile(path), format, pixels);

    /// <summary>As <see cref="Read(string, RadiographFormat)"/>, from a file or a content, into a buffer of Height * Width values.</summary>
    /// <returns>What the file says wrong and was read nevertheless.</returns>
    internal static IReadOnlyList<InputWarning> Read(RadiographFile file, RadiographFormat format, Span<float> pixels) =>
        Read(file, format, pixels, contents: null);

    /// <summary>As <see cref="Read(RadiographFile, RadiographFormat, Span{float})"/>, with what the file is apart from its picture.</summary>
    /// <param name="file">The file or content.</param>
    /// <param name="format">How it is read.</param>
    /// <param name="pixels">Receives Height * Width values.</param>
    /// <param name="contents">Receives the contents; null for none. With it, every stored pixel is decoded.</param>
    internal static IReadOnlyList<InputWarning> Read(
        RadiographFile file,
        RadiographFormat format,
        Span<float> pixels,
        RadiographContents? contents
    )
    {
        VipsRuntime.EnsureLoaded();
        try
        {
            return Decode(file, format, pixels, contents, out _);
        }
        catch (Exception e)
        {
            throw Failure(file.Name, e);
        }
    }

    /// <summary>Reads all of a radiograph with its own aspect ratio.</summary>
    /// <param name="file">The file.</param>
    /// <param name="format">How to read it; height, width and fit are ignored.</param>
    /// <param name="longestSide">The longer side of the result.</param>
    /// <returns>The pixels, row-major, and the height and width of the result.</returns>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and gives the reason and advice.</exception>
    internal static (float[] Pixels, int Height, int Width) ReadWhole(RadiographFile file, RadiographFormat format, int longestSide)
    {
        VipsRuntime.EnsureLoaded();
        float[] square = new float[longestSide * longestSide];
        ImageGeometry geometry;
        try
        {
            Decode(file, format with { Height = longestSide, Width = longestSide, Fit = ImageFit.Pad }, square, contents: null, out geometry);
        }
        catch (Exception e)
        {
            throw Failure(file.Name, e);
        }

        float[] pixels = new float[geometry.Height * geometry.Width];
        for (int y = 0; y < geometry.Height; y++)
            square.AsSpan(((geometry.Y + y) * longestSide) + geometry.X, geometry.Width).CopyTo(pixels.AsSpan(y * geometry.Width));
        return (pixels, geometry.Height, geometry.Width);
    }

    private static IReadOnlyList<InputWarning> Decode(
        RadiographFile file,
        RadiographFormat format,
        Span<float> pixels,
        RadiographContents? contents,
        out ImageGeometry geometry
    )
    {
        pixels.Clear();
        Span<byte> start = file.Begin(stackalloc byte[StartLength]);
        if (DicomFile.Looks(start))
        {
            GreyPixels rows = ReadDicom(file, format, contents, out IReadOnlyList<InputWarning> warnings);
            geometry = ImageGeometry.Of(rows.Width, rows.Height, format);
            Finish(rows, ScaledFullScale(format), geometry, format, pixels, contents);
            return warnings;
        }

        PictureKind kind = PictureFile.KindOf(start);
        if (contents is not null)
            contents.Kind = kind.ToString().ToLowerInvariant();
        DecodingCost.CheckStructure(file, start, format.Limits);
        try
        {
            using (VipsErrors.Among())
                geometry = ReadPicture(file, kind, format, pixels, contents);
        }
        catch (VipsException)
        {
            using (VipsErrors.Alone())
                geometry = ReadPicture(file, kind, format, pixels, contents);
        }

        return [];
    }

    private static ImageGeometry ReadPicture(
        RadiographFile file,
        PictureKind kind,
        RadiographFormat format,
        Span<float> pixels,
        RadiographContents? contents
    )
    {
        ImageGeometry geometry;
        if (PictureFile.Open(file, kind, format.Limits) is { } picture)
        {
            geometry = ImageGeometry.Of(picture.Width, picture.Height, format);
            Finish(picture, picture.FullScale, geometry, format, pixels, contents);
            return geometry;
        }

        using VipsRows rows = VipsRows.Open(file, kind, format, out geometry, whole: contents is not null);
        if (!rows.IsUnscaled)
        {
            Finish(rows, rows.FullScale, geometry, format, pixels, contents);
            return geometry;
        }

        format.Limits.CheckMemory((double)sizeof(float) * rows.Width * rows.Height, "because its samples are scaled by their range");
        Finish(GreyPixels.Scaled(rows), ScaledFullScale(format), geometry, format, pixels, contents);
        return geometry;
    }

    /// <summary>The full scale of values whose black and white the file itself defines; only percentiles override that.</summary>
    private static int ScaledFullScale(RadiographFormat format) => format.Range == ValueRange.Percentiles ? ushort.MaxValue : byte.MaxValue;

    /// <summary>Converts rows to the pixels of the result, in the requested range.</summary>
    private static void Finish(
        IGreyRows rows,
        int fullScale,
        ImageGeometry geometry,
        RadiographFormat format,
        Span<float> pixels,
        RadiographContents? contents
    )
    {
        rows = contents?.Watch(rows, fullScale) ?? rows;
        bool measured = format.Range == ValueRange.Percentiles || (format.Range == ValueRange.BitsUsed && fullScale > byte.MaxValue);
        MeasuredRows? values = measured ? new MeasuredRows(rows, fullScale) : null;
        Resampler.Resample(values ?? rows, geometry, pixels, format.Width);
        GreyScale.Apply(values, geometry, format, pixels);
        contents?.Finish();
    }

    /// <exception cref="InvalidDataException">The file is damaged or not a radiograph.</exception>
    private static GreyPixels ReadDicom(
        RadiographFile radiograph,
        RadiographFormat format,
        RadiographContents? contents,
        out IReadOnlyList<InputWarning> warnings
    )
    {
        DicomOptions options = format.Dicom;
        DicomFile file = DicomFile.Open(radiograph, format.Limits, options.Frame + 1L, options.Strict);
        if (!options.AcceptAnyModality)
            DicomAttributes.RequireRadiograph(file.Data);
        DicomCharacterSets.Check(file.Data, file.Notes);
        DicomImage image = DicomImage.Of(file, format.Limits);
        float[] grey = DicomPresentation.Grey(file, image, image.Decode(options.Frame), options.Window, options.Frame);
        warnings = InputWarning.Of(file.Notes);
        if (contents is not null)
        {
            contents.Kind = "dicom";
            contents.Manufacturer = file.Data.Text(DicomTags.Manufacturer);
            contents.Tags = [.. file.Data.Elements.Select(element => element.Tag).Order()];
        }

        return new GreyPixels(grey, image.Columns);
    }

    /// <summary>The exception for an unreadable file. Its wording fits both a row of a table and an upload.</summary>
    /// <param name="name">The file's path, or the name of a content.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="cause">The exception that caused it, if any.</param>
    internal static InvalidDataException Failure(string name, string reason, Exception? cause = null) =>
        new(ErrorCode.ImageNotReadable.Message($"The radiograph '{name}'{Between}{reason.TrimEnd('.')}{Advice}"), cause);

    /// <summary>The reason in such a message, without the code, the file name and the advice; any other text unchanged.</summary>
    internal static string ReasonIn(string message)
    {
        string text = CxrError.TextOf(message);
        int start = text.IndexOf(Between, StringComparison.Ordinal),
            end = text.LastIndexOf(Advice, StringComparison.Ordinal);
        return start >= 0 && end >= start + Between.Length ? text[(start + Between.Length)..end] + "." : text;
    }

    /// <summary>The exception for an unreadable file, from whatever was thrown while reading it.</summary>
    internal static InvalidDataException Failure(string name, Exception cause) => Failure(name, Reason(cause), cause);

    /// <summary>
    /// The reason that an exception gives, as a phrase that can follow the file name. Whatever is thrown while a file is read is attributed to that
    /// file, including a lack of memory and a fault of a decoder.
    /// </summary>
    internal static string Reason(Exception e) =>
        e switch
        {
            VipsException vips => Reason(vips),
            InvalidDataException => e.Message,
            IOException or UnauthorizedAccessException => ErrorCode.ImageNotReadable.Message(e.Message),
            OutOfMemoryException => ErrorCode.OutOfMemory.Message("there is not enough memory for it"),
            _ => ErrorCode.ImageNotReadable.Message($"reading it failed ({e.GetType().Name}: {e.Message.TrimEnd('.')})"),
        };

    private static string Reason(VipsException e)
    {
        string[] lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Any(line => line.Contains("not in a known format", StringComparison.Ordinal))
            ? ErrorCode.ImageFormatUnknown.Message("it is not an image of a known format")
            : ErrorCode.ImageDamaged.Message(
                $"it is truncated or damaged ({string.Join("; ", lines.Skip(1).Distinct().DefaultIfEmpty(e.Message)).TrimEnd('.')})"
            );
    }
}
