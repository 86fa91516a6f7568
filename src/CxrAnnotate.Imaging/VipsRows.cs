using NetVips;

namespace CxrAnnotate;

/// <summary>An image that libvips decodes strip by strip.</summary>
internal sealed class VipsRows : IGreyRows, IDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly Image _image;
    private readonly Region _region;
    private readonly int _sampleBytes;

    private VipsRows(Image image)
    {
        _image = image;
        _sampleBytes = image.Format switch
        {
            Enums.BandFormat.Uchar => sizeof(byte),
            Enums.BandFormat.Ushort => sizeof(ushort),
            _ => sizeof(float),
        };
        _region = Region.New(image);
    }

    public int Width => _image.Width;

    public int Height => _image.Height;

    /// <summary>The stored value that maps to 1.</summary>
    internal int FullScale => _sampleBytes == sizeof(byte) ? byte.MaxValue : ushort.MaxValue;

    /// <summary>Whether the type of the samples has no white: signed, of 32 bits, floating-point. Then grey values are the stored ones.</summary>
    internal bool IsUnscaled => _sampleBytes == sizeof(float);

    /// <summary>Opens a file, shrunk during decoding if that loses nothing at the requested size.</summary>
    /// <param name="file">The file.</param>
    /// <param name="kind">Its format.</param>
    /// <param name="format">The size that is wanted.</param>
    /// <param name="geometry">What part of the image becomes what part of the result.</param>
    /// <param name="whole">Whether every stored pixel is wanted, so that nothing is shrunk.</param>
    /// <exception cref="VipsException">libvips cannot read it.</exception>
    /// <exception cref="InvalidDataException">The file is not of a supported image format, or too large.</exception>
    internal static VipsRows Open(
        RadiographFile file,
        PictureKind kind,
        RadiographFormat format,
        out ImageGeometry geometry,
        bool whole = false
    )
    {
        Image image = Load(file, kind, format.Limits);
        try
        {
            int turn = image.Contains("orientation") ? (int)image.Get("orientation") : 1;
            (int width, int height) = turn >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
            geometry = ImageGeometry.Of(width, height, format);
            int shrink = kind == PictureKind.Jpeg && !whole ? Shrink(geometry) : 1;
            if (shrink > 1)
                Replace(ref image, Load(file, kind, format.Limits, shrink));
            if (turn > 1)
            {
                Replace(ref image, image.CopyMemory());
                Replace(ref image, image.Autorot());
            }

            geometry = geometry.Shrunk((double)image.Width / width, (double)image.Height / height);
            if (image.Interpretation is Enums.Interpretation.Cmyk or Enums.Interpretation.Lab or Enums.Interpretation.Labs)
                Replace(ref image, image.Colourspace(Enums.Interpretation.Srgb));
            if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort or Enums.BandFormat.Float))
                Replace(ref image, image.Cast(Enums.BandFormat.Float));
            return new VipsRows(image);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file as it is stored, and checks that it can be read in bounded memory.</summary>
    /// <exception cref="VipsException">libvips cannot read it.</exception>
    /// <exception cref="InvalidDataException">Its samples are of an unsupported type, or it is too large.</exception>
    internal static Image Load(RadiographFile file, PictureKind kind, RadiographLimits limits, int shrink = 1)
    {
        using Source source = file.OpenSource();
        Image image = kind switch
        {
            // Not what libvips takes the file for: a photograph with a gain map is a JPEG like others.
            PictureKind.Jpeg => Image.JpegloadSource(source, shrink: shrink, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error),
            // libvips reads tiles that it cannot decode as black, and takes that for a warning. Other formats warn of what does no harm.
            PictureKind.Tiff => Image.TiffloadSource(source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Warning),
            _ => Image.NewFromSource(source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error),
        };
        try
        {
            DecodingCost.Check(image, kind, limits);
            if (image.Bands > 4 || image.Format is Enums.BandFormat.Complex or Enums.BandFormat.Dpcomplex)
                throw new InvalidDataException(
                    ErrorCode.ImageSamplesUnsupported.Message(
                        $"its samples ({image.Bands} per pixel, of type {image.Format}) are neither grey nor colour"
                    )
                );
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of an image of 8 bits and one sample per pixel.</summary>
    /// <exception cref="VipsException">libvips cannot read it.</exception>
    /// <exception cref="InvalidDataException">It is not of this size.</exception>
    internal static byte[] Bytes(RadiographFile file, int width, int height)
    {
        using Image image = Load(file, PictureKind.Tiff, RadiographLimits.None);
        if (image.Width != width || image.Height != height || image.Bands != 1 || image.Format != Enums.BandFormat.Uchar)
            throw new InvalidDataException(ErrorCode.ImageDamaged.Message("its header contradicts itself"));
        byte[] bytes = new byte[(long)width * height];
        using Region region = Region.New(image);
        for (int y = 0; y < height; y++)
            region.Fetch(0, y, width, 1).CopyTo(bytes, (long)y * width);
        return bytes;
    }

    public void Read(int first, int count, Span<float> grey)
    {
        // In pieces, so that the arrays that libvips returns stay out of the large object heap, which only a full collection frees.
        int rows = Math.Max(PieceBytes / (Width * _image.Bands * _sampleBytes), 1);
        for (int done = 0; done < count; done += rows)
        {
            int here = Math.Min(rows, count - done);
            byte[] samples = _region.Fetch(0, first + done, Width, here);
            Span<float> part = grey.Slice(done * Width, here * Width);
            if (IsUnscaled)
                GreyConversion.ConvertUnscaled(samples, _image.Bands, part);
            else if (_sampleBytes == sizeof(ushort))
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
