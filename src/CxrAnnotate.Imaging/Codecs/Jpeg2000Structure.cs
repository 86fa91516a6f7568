using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>
/// The headers of a JPEG 2000 codestream (ITU-T T.800, annex A), read before a decoder allocates by them: the shape of the image, and the memory for
/// its tiles, precincts, code-blocks and layers, of which a few bytes can declare billions.
/// </summary>
internal ref struct Jpeg2000Structure
{
    private const int ImageAndTileSize = 0xFF51,
        CodingStyle = 0xFF52,
        ComponentStyle = 0xFF53,
        TilePart = 0xFF90,
        Data = 0xFF93,
        End = 0xFFD9;

    /// <summary>
    /// The other markers that the decoder knows. It looks for a known one within the segment of an unknown one; nothing may hide there.
    /// </summary>
    private static ReadOnlySpan<byte> OtherMarkers =>
        [0x50, 0x55, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x63, 0x64, 0x74, 0x75, 0x77, 0x78];

    /// <summary>Bytes of the decoder's records, roughly.</summary>
    private const double TileBytes = 6_000,
        TileComponentBytes = 1_200,
        PrecinctBytes = 600,
        BlockBytes = 600,
        LayerBytes = 2;

    /// <summary>Levels of a transform, at most.</summary>
    private const int MostLevels = 32;

    private readonly CodedImage _image;
    private readonly ReadOnlySpan<byte> _data;
    private int _at;
    private long _layers = 1;
    private double _tiles;

    private Jpeg2000Structure(CodedImage image, ReadOnlySpan<byte> codestream)
    {
        _image = image;
        _data = codestream;
    }

    internal CodedShape Shape { get; private set; }

    /// <exception cref="InvalidDataException">The headers are damaged, or the image is too large.</exception>
    internal static Jpeg2000Structure Of(CodedImage image)
    {
        ReadOnlySpan<byte> data = image.Bytes.Span;
        var structure = new Jpeg2000Structure(image, data[Codestream(data, image)..]);
        structure.Read();
        return structure.Shape.Width > 0 ? structure : throw structure.Damaged();
    }

    /// <summary>Where the codestream begins: at once, or in the box jp2c of a file (annex I).</summary>
    private static int Codestream(ReadOnlySpan<byte> data, CodedImage image)
    {
        if (Jpeg2000.IsCodestream(data))
            return 0;
        for (long at = 0; Jpeg2000.Looks(data) && at + 8 <= data.Length;)
        {
            ReadOnlySpan<byte> box = data[(int)at..];
            uint length = BinaryPrimitives.ReadUInt32BigEndian(box);
            int head = length == 1 ? 16 : 8;
            if (box.Slice(4, 4).SequenceEqual("jp2c"u8) && head <= box.Length && Jpeg2000.IsCodestream(box[head..]))
                return (int)at + head;
            ulong whole =
                length == 1 && box.Length >= 16 ? BinaryPrimitives.ReadUInt64BigEndian(box[8..])
                : length == 0 ? (ulong)box.Length
                : length;
            if (whole < (ulong)head || whole > (ulong)box.Length)
                break;
            at += (long)whole;
        }

        throw image.Damaged("its JPEG 2000 data do not begin with the marker of a codestream, or hold none");
    }

    private void Read()
    {
        _at = 2;
        int part = -1;
        long end = 0;
        while (_at + 4 <= _data.Length)
        {
            int marker = Number(_at);
            if (marker == End)
                return;
            if (marker == Data)
            {
                // A part of length 0 is the last one.
                if (part < 0 || end <= _at || end >= _data.Length)
                    return;
                _at = (int)end;
                continue;
            }

            int length = Number(_at + 2);
            if (length < 2 || _at + 2 + length > _data.Length)
                throw Damaged();
            ReadOnlySpan<byte> segment = _data.Slice(_at + 4, length - 2);
            if (marker == TilePart && segment.Length >= 8)
            {
                part = _at;
                uint size = BinaryPrimitives.ReadUInt32BigEndian(segment[2..]);
                end = size == 0 ? 0 : part + (long)size;
            }
            else if (marker == ImageAndTileSize)
            {
                Size(segment);
            }
            else if (marker == CodingStyle && segment.Length >= 10)
            {
                _layers = Math.Max(_layers, BinaryPrimitives.ReadUInt16BigEndian(segment[2..]));
                Style(segment[0], segment[5..]);
            }
            else if (marker == ComponentStyle && segment.Length >= 7)
            {
                // The number of a component has two bytes in images of more than 256, which are not read.
                Style(segment[1], segment[2..]);
            }
            else if (marker >> 8 != 0xFF || !OtherMarkers.Contains((byte)marker))
            {
                throw Damaged();
            }

            _at += 2 + length;
        }
    }

    private void Size(ReadOnlySpan<byte> size)
    {
        if (size.Length < 36)
            throw Damaged();
        Span<long> numbers = stackalloc long[8];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadUInt32BigEndian(size[(2 + (4 * i))..]);
        long width = numbers[0] - numbers[2],
            height = numbers[1] - numbers[3],
            across = numbers[4],
            down = numbers[5];
        int components = BinaryPrimitives.ReadUInt16BigEndian(size[34..]);
        if (width < 1 || height < 1 || across < 1 || down < 1 || components < 1 || size.Length < 36 + (3 * components))
            throw Damaged();
        _image.Limits.CheckSize(width, height);
        ReadOnlySpan<byte> first = size.Slice(36, 3);
        for (int c = 0; c < components; c++)
        {
            ReadOnlySpan<byte> own = size.Slice(36 + (3 * c), 3);
            if (components > 4 || own[1] != 1 || own[2] != 1 || own[0] != first[0])
                throw new InvalidDataException(
                    ErrorCode.ImageSamplesUnsupported.Message(
                        components > 4
                            ? $"its JPEG 2000 data have {components} components, and up to 4 are supported"
                            : "the components of its JPEG 2000 data are of unlike sizes or depths"
                    )
                );
        }

        int bits = (first[0] & 0x7F) + 1;
        if (bits > 16)
            throw new InvalidDataException(
                ErrorCode.ImageSamplesUnsupported.Message($"its JPEG 2000 data have {bits} bits a sample, and up to 16 are supported")
            );
        Shape = new CodedShape((int)width, (int)height, components, bits, (first[0] & 0x80) != 0);
        _tiles = Math.Ceiling((numbers[0] - numbers[6]) / (double)across) * Math.Ceiling((numbers[1] - numbers[7]) / (double)down);
        _image.Limits.CheckMemory(_tiles * (TileBytes + (components * TileComponentBytes)), $"for its {_tiles} tiles");
    }

    /// <summary>Checks what a coding style takes if the whole image has it.</summary>
    /// <param name="flags">The lowest bit: whether precinct sizes follow.</param>
    /// <param name="style">Levels, the exponents of the code-blocks, two flags, precinct sizes.</param>
    private readonly void Style(int flags, ReadOnlySpan<byte> style)
    {
        // The style of code-blocks (T.814, annex A.4): bit 6 is the high-throughput coder.
        if ((style[3] & 0x40) != 0 && !Jpeg2000.DecodesHighThroughput)
            throw new InvalidDataException(
                ErrorCode.DicomCompression.Message(
                    "its data are high-throughput JPEG 2000 (HTJ2K), which is not decoded unless it is switched on, because OpenJPEG may end the "
                        + "process on damaged data of this kind; set CXR_HTJ2K=1 if the files are trusted, or convert the file (gdcmconv --raw)"
                )
            );
        int levels = Math.Min((int)style[0], MostLevels);
        double area = (double)Shape.Width * Shape.Height * Shape.Components,
            precincts = 0,
            blocks = 0;
        for (int level = 0; level <= levels; level++)
        {
            int precinct = (flags & 1) != 0 && 5 + level < style.Length ? style[5 + level] : 0xFF,
                across = precinct & 15,
                down = precinct >> 4,
                // The bands of a level are half as wide and high as the level, but for the lowest.
                halved = level == 0 ? 0 : 1,
                exponent = Math.Min((style[1] & 15) + 2, Math.Max(across - halved, 0)) + Math.Min((style[2] & 15) + 2, Math.Max(down - halved, 0));
            double part = area / Math.Pow(4, levels - level);
            precincts += (part / Math.Pow(2, across + down)) + (_tiles * Shape.Components);
            blocks += part / Math.Pow(2, exponent);
        }

        _image.Limits.CheckMemory(
            (precincts * PrecinctBytes) + (blocks * BlockBytes) + (precincts * _layers * LayerBytes),
            "for the precincts, code-blocks and layers of its JPEG 2000 data"
        );
    }

    private readonly int Number(int at) => BinaryPrimitives.ReadUInt16BigEndian(_data[at..]);

    private readonly InvalidDataException Damaged() => _image.Damaged("its JPEG 2000 data are truncated or damaged (their headers are)");
}
