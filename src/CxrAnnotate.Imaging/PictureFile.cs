using System.Text;

namespace CxrAnnotate;

/// <summary>The format of a picture file; None is one that is not read.</summary>
internal enum PictureKind
{
    None,
    Png,
    Jpeg,
    Tiff,
    Gif,
    Webp,
    Heif,
    Bmp,
    Pnm,
    Jp2,
    Jls,
}

/// <summary>Tells what a file is by its first bytes, and opens pictures. Whatever reads a picture asks here, so that all refuse the same.</summary>
internal static class PictureFile
{
    /// <summary>The bytes in which the root of a drawing or a web page is looked for.</summary>
    private const int TextLength = 1024;

    internal static PictureKind KindOf(ReadOnlySpan<byte> start) =>
        start switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => PictureKind.Png,
            [0xFF, 0xD8, ..] => JpegLs.Looks(start) ? PictureKind.Jls : PictureKind.Jpeg,
            [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..] => PictureKind.Tiff,
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => PictureKind.Gif,
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => PictureKind.Webp,
            [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => PictureKind.Heif,
            [(byte)'B', (byte)'M', ..] => PictureKind.Bmp,
            [(byte)'P', >= (byte)'1' and <= (byte)'6', (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'#', ..] => PictureKind.Pnm,
            _ when Jpeg2000.Looks(start) => PictureKind.Jp2,
            _ => PictureKind.None,
        };

    /// <summary>Opens a picture whose samples are whole numbers that the library decodes itself; null if libvips reads it.</summary>
    /// <exception cref="InvalidDataException">It is damaged, too large, or not a picture that is read.</exception>
    internal static SampledRows? Open(RadiographFile file, PictureKind kind, RadiographLimits limits) =>
        kind switch
        {
            PictureKind.None => throw new InvalidDataException(ErrorCode.ImageFormatUnknown.Message(Refusal(file))),
            PictureKind.Bmp => BmpRows.Open(file, limits),
            PictureKind.Pnm => PnmRows.Open(file, limits),
            PictureKind.Jp2 or PictureKind.Jls => CodedRows.Open(file, kind, limits),
            PictureKind.Tiff => PackedTiffRows.Open(file, limits),
            _ => null,
        };

    /// <summary>Why a file that is not a picture is refused, as a phrase that can follow its name.</summary>
    private static string Refusal(RadiographFile file)
    {
        ReadOnlySpan<byte> start = file.Peek(stackalloc byte[TextLength]);
        string? found = start switch
        {
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
            [(byte)'P', (byte)'K', 3, 4, ..] => "a ZIP archive",
            [0x1F, 0x8B, ..] => "a gzip archive",
            [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => "a Photoshop document",
            [0xFF, 0x0A, ..] or [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', (byte)' ', ..] => "a JPEG XL image",
            [0x76, 0x2F, 0x31, 1, ..] => "an OpenEXR image",
            _ => Text(start),
        };
        return found is null ? "it is not an image of a known format" : $"it is {found}, not a radiograph of a known format";
    }

    private static string? Text(ReadOnlySpan<byte> start)
    {
        foreach (byte value in start)
        {
            if (value is < 9 or (> 13 and < 32) or 127)
                return null;
        }

        string text = Encoding.UTF8.GetString(start);
        return text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? "an SVG drawing"
            : text.Contains("<html", StringComparison.OrdinalIgnoreCase)
            || text.Contains("<!doctype html", StringComparison.OrdinalIgnoreCase) ? "a web page"
            : start.Length > 2 ? "a text file"
            : null;
    }
}
