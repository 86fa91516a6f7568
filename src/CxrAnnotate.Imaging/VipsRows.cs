using NetVips;

namespace CxrAnnotate;

/// <summary>An image that libvips decodes strip by strip.</summary>
internal sealed class VipsRows : IGreyRows, IDisposable
{
    /// <summary>
    /// The supported formats, the last two if the application's libvips has them. libvips reads more (SVG, PDF, tables of numbers), but none of them
    /// is a radiograph, and a text file could pass for one.
    /// </summary>
    private static readonly string[] _formats = ["png", "jpeg", "tiff", "webp", "gif", "heif", "ppm", "jp2k"];

    private const int PieceBytes = 64 * 1024;

    private readonly Image _image;
    private readonly Region _region;
    private readonly bool _wide;

    private VipsRows(Image image)
    {
        _image = image;
        _wide = image.Format == Enums.BandFormat.Ushort;
        _region = Region.New(image);
    }

    public int Width => _image.Width;

    public int Height => _image.Height;

    /// <summary>The stored value that maps to 1.</summary>
    internal int FullScale => _wide ? ushort.MaxValue : byte.MaxValue;

    /// <summary>Opens a file, shrunk during decoding if that loses nothing at the requested size.</summary>
    /// <exception cref="VipsException">libvips cannot read it.</exception>
    /// <exception cref="InvalidDataException">The file is not of a supported image format, or too large.</exception>
    internal static VipsRows Open(RadiographFile file, RadiographFormat format, out ImageGeometry geometry)
    {
        Image image = Load(file, shrink: 1);
        try
        {
            string loader = (string)image.Get("vips-loader");
            if (!Array.Exists(_formats, name => loader.StartsWith(name + "load", StringComparison.Ordinal)))
                throw new InvalidDataException(ErrorCode.ImageFormatUnknown.Message("it is not an image of a known format"));
            DecodingCost.Check(image, loader, format.Limits);
            int turn = image.Contains("orientation") ? (int)image.Get("orientation") : 1;
            (int width, int height) = turn >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
            geometry = ImageGeometry.Of(width, height, format);
            int shrink = loader.StartsWith("jpegload", StringComparison.Ordinal) ? Shrink(geometry) : 1;
            if (shrink > 1)
                Replace(ref image, Load(file, shrink));
            if (turn > 1)
            {
                Replace(ref image, image.CopyMemory());
                Replace(ref image, image.Autorot());
            }

            geometry = geometry.Shrunk((double)image.Width / width, (double)image.Height / height);
            if (image.Interpretation is Enums.Interpretation.Cmyk or Enums.Interpretation.Lab or Enums.Interpretation.Labs)
                Replace(ref image, image.Colourspace(Enums.Interpretation.Srgb));
            if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort) || image.Bands > 4)
                throw new InvalidDataException(
                    ErrorCode.ImageSamplesUnsupported.Message(
                        $"its samples ({image.Bands} per pixel, of type {image.Format}) are not 8 or 16 bit grey or colour"
                    )
                );
            return new VipsRows(image);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    public void Read(int first, int count, Span<float> grey)
    {
        // In pieces, so that the arrays that libvips returns stay out of the large object heap, which only a full collection frees.
        int rows = Math.Max(PieceBytes / (Width * _image.Bands * (_wide ? 2 : 1)), 1);
        for (int done = 0; done < count; done += rows)
        {
            int here = Math.Min(rows, count - done);
            byte[] samples = _region.Fetch(0, first + done, Width, here);
            Span<float> part = grey.Slice(done * Width, here * Width);
            if (_wide)
                GreyConversion.Convert16(samples, _image.Bands, part);
            else
                GreyConversion.Convert(samples, _image.Bands, part);
        }
    }

    public void Dispose()
    {
        _region.Dispose();
        _image.Dispose();
    }

    private static Image Load(RadiographFile file, int shrink)
    {
        using Source source = file.OpenSource();
        return Image.NewFromSource(
            source,
            access: Enums.Access.Sequential,
            failOn: Enums.FailOn.Error,
            kwargs: shrink > 1 ? new VOption { { "shrink", shrink } } : null
        );
    }

    /// <summary>At least two decoded pixels remain for every pixel of the result.</summary>
    private static int Shrink(ImageGeometry geometry) =>
        Math.Min(geometry.SourceWidth / geometry.Width, geometry.SourceHeight / geometry.Height) switch
        {
            >= 16 => 8,
            >= 8 => 4,
            >= 4 => 2,
            _ => 1,
        };

    private static void Replace(ref Image image, Image by)
    {
        image.Dispose();
        image = by;
    }
}
