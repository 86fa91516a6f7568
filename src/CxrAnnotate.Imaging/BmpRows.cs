using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>An uncompressed Windows bitmap of 8 (palette), 24 or 32 bits per pixel, which libvips does not read.</summary>
internal sealed class BmpRows : IGreyRows
{
    private const int HeaderSize = 54;

    private readonly byte[] _content;
    private readonly int _pixels;
    private readonly int _bits;
    private readonly int _stride;
    private readonly bool _bottomUp;
    private readonly float[] _palette;

    private BmpRows(byte[] content, int pixels, int width, int height, bool bottomUp, int bits, int stride, float[] palette)
    {
        _content = content;
        _pixels = pixels;
        _bits = bits;
        _stride = stride;
        _bottomUp = bottomUp;
        _palette = palette;
        Width = width;
        Height = height;
    }

    public int Width { get; }

    public int Height { get; }

    internal static bool IsBmp(ReadOnlySpan<byte> start) => start is [(byte)'B', (byte)'M', ..];

    /// <exception cref="InvalidDataException">The bitmap is of an unsupported kind, truncated, or too large.</exception>
    internal static BmpRows Open(RadiographFile radiograph, RadiographFormat format, out ImageGeometry geometry)
    {
        using Stream file = radiograph.Open();
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize)
            throw new InvalidDataException(ErrorCode.ImageDamaged.Message("the bitmap is truncated"));
        int pixels = BinaryPrimitives.ReadInt32LittleEndian(header[10..]);
        int information = BinaryPrimitives.ReadInt32LittleEndian(header[14..]);
        int width = BinaryPrimitives.ReadInt32LittleEndian(header[18..]);
        int signedHeight = BinaryPrimitives.ReadInt32LittleEndian(header[22..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        int compression = BinaryPrimitives.ReadInt32LittleEndian(header[30..]);
        int colours = BinaryPrimitives.ReadInt32LittleEndian(header[46..]);
        long height = Math.Abs((long)signedHeight);
        if (width < 1 || height < 1 || information is < 40 or > 1024 || pixels is < HeaderSize or > 1 << 20)
            throw new InvalidDataException(ErrorCode.ImageDamaged.Message("the bitmap's header is damaged"));
        format.Limits.CheckSize(width, height);
        if (compression != 0 || bits is not (8 or 24 or 32))
            throw new InvalidDataException(
                ErrorCode.ImageSamplesUnsupported.Message(
                    $"it is a bitmap of {bits} bits per pixel with compression {compression}; only uncompressed 8, 24 and 32 bit ones are supported"
                )
            );
        long stride = (((long)width * bits) + 31) / 32 * 4;
        format.Limits.CheckMemory(pixels + (stride * height), "because it is a bitmap");
        int entries = bits == 8 ? (colours is > 0 and <= 256 ? colours : 256) : 0;
        int palette = 14 + information;
        if (pixels < palette + (entries * 4) || file.Length < pixels + (stride * height))
            throw new InvalidDataException(ErrorCode.ImageDamaged.Message("the bitmap is truncated"));
        byte[] content = new byte[pixels + (stride * height)];
        file.Position = 0;
        file.ReadExactly(content);
        geometry = ImageGeometry.Of(width, (int)height, format);
        float[] grey = new float[256];
        for (int i = 0; i < entries; i++)
            grey[i] = Luma.Of(content[palette + (4 * i) + 2], content[palette + (4 * i) + 1], content[palette + (4 * i)], byte.MaxValue);
        return new BmpRows(content, pixels, width, (int)height, signedHeight > 0, bits, (int)stride, grey);
    }

    public void Read(int first, int count, Span<float> grey)
    {
        int bytes = _bits / 8;
        for (int y = 0; y < count; y++)
        {
            int row = _bottomUp ? Height - 1 - (first + y) : first + y;
            ReadOnlySpan<byte> source = _content.AsSpan(_pixels + (row * _stride), _stride);
            Span<float> target = grey.Slice(y * Width, Width);
            for (int x = 0; x < target.Length; x++)
                target[x] =
                    bytes == 1
                        ? _palette[source[x]]
                        : Luma.Of(source[(x * bytes) + 2], source[(x * bytes) + 1], source[x * bytes], byte.MaxValue);
        }
    }
}
