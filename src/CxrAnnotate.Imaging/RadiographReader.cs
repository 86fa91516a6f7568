using NetVips;

namespace CxrAnnotate;

/// <summary>
/// Reads a radiograph of any common format (PNG, JPEG, TIFF, BMP, WebP, GIF; 8 or 16 bit, grey or colour; DICOM) as grey values in [0, 1] of the
/// asked size.
/// The bytes are checked before anything is decoded, and a truncated file is an error, never a half-grey picture.
/// </summary>
internal static class RadiographReader
{
    /// <summary>As many bytes as tell the format: DICOM has its name behind a preamble of 128.</summary>
    internal const int StartLength = 140;

    /// <summary>What stands around the reason in the message of a file that cannot be read.</summary>
    private const string Between = " cannot be read: ",
        Advice = ". A whole PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM file is needed.";

    /// <summary>What stands for a radiograph that could not be read: not a number, in every pixel.</summary>
    internal static bool IsMissing(ReadOnlySpan<float> pixels) => pixels.Length > 0 && float.IsNaN(pixels[0]);

    /// <summary>The pixels, row-major, [Height, Width].</summary>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it, says why and what to do.</exception>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    internal static float[] Read(string path, RadiographFormat format)
    {
        float[] pixels = new float[format.PixelCount];
        Read(path, format, pixels);
        return pixels;
    }

    /// <summary>As <see cref="Read(string, RadiographFormat)"/>, into a buffer of Height * Width values.</summary>
    internal static void Read(string path, RadiographFormat format, Span<float> pixels) => Read(new RadiographFile(path), format, pixels);

    /// <summary>As <see cref="Read(string, RadiographFormat)"/>, of a file or a content, into a buffer of Height * Width values.</summary>
    internal static void Read(RadiographFile file, RadiographFormat format, Span<float> pixels)
    {
        VipsRuntime.EnsureLoaded();
        try
        {
            Decode(file, format, pixels);
        }
        catch (Exception e)
        {
            throw Failure(file.Name, e);
        }
    }

    private static void Decode(RadiographFile file, RadiographFormat format, Span<float> pixels)
    {
        pixels.Clear();
        Span<byte> start = file.Begin(stackalloc byte[StartLength]);
        if (DicomFile.Looks(start))
        {
            GreyPixels rows = ReadDicom(file, format);
            // The file itself says what is black and white. Percentiles are asked for in spite of that.
            Finish(
                rows,
                format.Range == ValueRange.Percentiles ? ushort.MaxValue : byte.MaxValue,
                ImageGeometry.Of(rows.Width, rows.Height, format),
                format,
                pixels
            );
        }
        else if (BmpRows.IsBmp(start))
        {
            BmpRows bitmap = BmpRows.Open(file, format, out ImageGeometry geometry);
            Finish(bitmap, byte.MaxValue, geometry, format, pixels);
        }
        else
        {
            DecodingCost.CheckStructure(file, start, format.Limits);
            using VipsRows rows = VipsRows.Open(file, format, out ImageGeometry geometry);
            Finish(rows, rows.FullScale, geometry, format, pixels);
        }
    }

    /// <summary>Rows to the pixels of the result, in the asked range.</summary>
    private static void Finish(IGreyRows rows, int fullScale, ImageGeometry geometry, RadiographFormat format, Span<float> pixels)
    {
        bool measured = format.Range == ValueRange.Percentiles || (format.Range == ValueRange.BitsUsed && fullScale > byte.MaxValue);
        MeasuredRows? values = measured ? new MeasuredRows(rows, fullScale) : null;
        Resampler.Resample(values ?? rows, geometry, pixels, format.Width);
        GreyScale.Apply(values, geometry, format, pixels);
    }

    /// <exception cref="InvalidDataException">It is broken, or no radiograph.</exception>
    private static GreyPixels ReadDicom(RadiographFile radiograph, RadiographFormat format)
    {
        DicomOptions options = format.Dicom;
        DicomFile file = DicomFile.Open(radiograph, format.Limits, options.Frame + 1L);
        if (!options.AcceptAnyModality)
            DicomAttributes.RequireRadiograph(file.Data);
        DicomImage image = DicomImage.Of(file, format.Limits);
        return new GreyPixels(DicomPresentation.Grey(file, image, image.Decode(options.Frame), options.Window), image.Columns);
    }

    /// <summary>What is thrown of a file that cannot be read. The words fit a row of a table and an upload.</summary>
    /// <param name="name">The file's path, or the name of a content.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="cause">What was thrown; null where nothing was.</param>
    internal static InvalidDataException Failure(string name, string reason, Exception? cause = null) =>
        new(ErrorCode.ImageNotReadable.Message($"The radiograph '{name}'{Between}{reason.TrimEnd('.')}{Advice}"), cause);

    /// <summary>The reason in such a message, without its code, the file's name and the advice; another text as it is.</summary>
    internal static string ReasonIn(string message)
    {
        string text = CxrError.TextOf(message);
        int start = text.IndexOf(Between, StringComparison.Ordinal),
            end = text.LastIndexOf(Advice, StringComparison.Ordinal);
        return start >= 0 && end >= start + Between.Length ? text[(start + Between.Length)..end] + "." : text;
    }

    /// <summary>What is thrown of a file that cannot be read, whatever was thrown while it was.</summary>
    internal static InvalidDataException Failure(string name, Exception cause) => Failure(name, Reason(cause), cause);

    /// <summary>
    /// What an exception says of the file that was read, in words that can follow its name. Whatever is thrown while a file is read is of that file,
    /// a lack of memory and a decoder's mistake, too.
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
        return lines.Any(line =>
            line.Contains("not in a known format", StringComparison.Ordinal) || line.Contains("is not a known", StringComparison.Ordinal)
        )
            ? ErrorCode.ImageFormatUnknown.Message("it is not an image of a known format")
            : ErrorCode.ImageDamaged.Message(
                $"it is truncated or damaged ({string.Join("; ", lines.Skip(1).DefaultIfEmpty(e.Message)).TrimEnd('.')})"
            );
    }
}
