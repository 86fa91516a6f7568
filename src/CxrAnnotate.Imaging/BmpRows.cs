using System.Buffers.Binary;
using System.Numerics;

namespace CxrAnnotate;

/// <summary>
/// A Windows or OS/2 bitmap, which libvips does not read: 1, 4 and 8 bits per pixel by palette, the last two also as run lengths; 16, 24 and 32 bits
/// of colour, the first and the last with any masks.
/// </summary>
internal sealed class BmpRows : SampledRows
{
    private const int FileHeader = 14,
        CoreHeader = 12,
        InfoHeader = 40;

    private const int Uncompressed = 0,
        RunLengths8 = 1,
        RunLengths4 = 2,
        Masks = 3,
        MasksWithAlpha = 6;

    private readonly byte[] _content;
    private readonly BmpLayout _layout;
    private readonly byte[] _palette;

    private BmpRows(byte[] content, BmpLayout layout, byte[] palette, bool isGrey)
        : base(layout.Width, layout.Height, isGrey ? 1 : 3, bits: 8)
    {
        _content = content;
        _layout = layout;
        _palette = palette;
    }

    /// <exception cref="InvalidDataException">The bitmap is of an unsupported kind, truncated, or too large.</exception>
    internal static BmpRows Open(RadiographFile file, RadiographLimits limits)
    {
        Span<byte> start = stackalloc byte[FileHeader + InfoHeader + (4 * sizeof(uint))];
        start = file.Peek(start);
        BmpLayout layout = Layout(start);
        limits.CheckSize(layout.Width, layout.Height);
        bool packed = layout.Compression is RunLengths8 or RunLengths4;
        limits.CheckMemory(layout.Pixels + ((double)layout.Stride * layout.Height), "because it is a bitmap");
        byte[] content = file.ReadAll(limits);
        if (content.Length < layout.Pixels + (packed ? 1 : (long)layout.Stride * layout.Height))
            throw Truncated();
        byte[] palette = Palette(content, layout);
        bool isGrey = layout.Bits <= 8;
        for (int i = 0; i < palette.Length; i += 3)
            isGrey &= palette[i] == palette[i + 1] && palette[i] == palette[i + 2];
        return new BmpRows(packed ? Unpack(content, layout) : content, packed ? layout with { Pixels = 0 } : layout, palette, isGrey);
    }

    internal override void ReadRow(int y, Span<int> row)
    {
        BmpLayout layout = _layout;
        ReadOnlySpan<byte> source = _content.AsSpan(layout.Pixels + ((layout.BottomUp ? Height - 1 - y : y) * layout.Stride), layout.Stride);
        for (int x = 0, at = 0; x < Width; x++, at += Samples)
        {
            if (layout.Bits <= 8)
            {
                int bit = x * layout.Bits,
                    index = (source[bit / 8] >> (8 - layout.Bits - (bit % 8))) & ((1 << layout.Bits) - 1);
                for (int s = 0; s < Samples; s++)
                    row[at + s] = _palette[(3 * index) + 2 - s];
            }
            else if (layout.Bits == 24)
            {
                (row[at], row[at + 1], row[at + 2]) = (source[at + 2], source[at + 1], source[at]);
            }
            else
            {
                uint value =
                    layout.Bits == 16
                        ? BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * x)..])
                        : BinaryPrimitives.ReadUInt32LittleEndian(source[(4 * x)..]);
                (row[at], row[at + 1], row[at + 2]) = (Part(value, layout.Red), Part(value, layout.Green), Part(value, layout.Blue));
            }
        }
    }

    private static BmpLayout Layout(ReadOnlySpan<byte> start)
    {
        if (start.Length < FileHeader + CoreHeader)
            throw Truncated();
        int pixels = BinaryPrimitives.ReadInt32LittleEndian(start[10..]),
            information = BinaryPrimitives.ReadInt32LittleEndian(start[14..]);
        bool core = information == CoreHeader;
        if (!core && start.Length < FileHeader + InfoHeader)
            throw Truncated();
        int width = core ? BinaryPrimitives.ReadUInt16LittleEndian(start[18..]) : BinaryPrimitives.ReadInt32LittleEndian(start[18..]),
            height = core ? BinaryPrimitives.ReadUInt16LittleEndian(start[20..]) : BinaryPrimitives.ReadInt32LittleEndian(start[22..]),
            bits = BinaryPrimitives.ReadUInt16LittleEndian(start[(core ? 24 : 28)..]),
            compression = core ? Uncompressed : BinaryPrimitives.ReadInt32LittleEndian(start[30..]),
            colours = core ? 0 : BinaryPrimitives.ReadInt32LittleEndian(start[46..]);
        if (
            width < 1
            || height is 0 or int.MinValue
            || !(core || information is >= InfoHeader and <= 1024)
            || pixels < FileHeader + information
            || pixels > 1 << 20
        )
            throw new InvalidDataException(ErrorCode.ImageDamaged.Message("the bitmap's header is damaged"));
        bool known = (bits, compression) switch
        {
            (1 or 4 or 8 or 16 or 24 or 32, Uncompressed) => true,
            (8, RunLengths8) or (4, RunLengths4) => height > 0,
            (16 or 32, Masks or MasksWithAlpha) => true,
            _ => false,
        };
        if (!known)
            throw new InvalidDataException(
                ErrorCode.ImageSamplesUnsupported.Message($"it is a bitmap of {bits} bits with compression {compression}, which is not read")
            );
        (uint red, uint green, uint blue) = bits == 16 ? (0x7C00u, 0x03E0u, 0x001Fu) : (0xFF0000u, 0xFF00u, 0xFFu);
        if (compression is Masks or MasksWithAlpha)
        {
            if (start.Length < FileHeader + InfoHeader + (3 * sizeof(uint)))
                throw Truncated();
            red = BinaryPrimitives.ReadUInt32LittleEndian(start[(FileHeader + InfoHeader)..]);
            green = BinaryPrimitives.ReadUInt32LittleEndian(start[(FileHeader + InfoHeader + 4)..]);
            blue = BinaryPrimitives.ReadUInt32LittleEndian(start[(FileHeader + InfoHeader + 8)..]);
        }

        long stride = (((long)width * bits) + 31) / 32 * 4;
        return new BmpLayout
        {
            Width = width,
            Height = Math.Abs(height),
            BottomUp = height > 0,
            Bits = bits,
            Compression = compression,
            Pixels = pixels,
            Stride = (int)Math.Min(stride, int.MaxValue),
            Palette = FileHeader + information,
            Entry = core ? 3 : 4,
            Colours = bits > 8 ? 0 : colours > 0 && colours <= 1 << bits ? colours : 1 << bits,
            Red = red,
            Green = green,
            Blue = blue,
        };
    }

    /// <summary>Blue, green and red of every index; those beyond the palette are black.</summary>
    private static byte[] Palette(byte[] content, BmpLayout layout)
    {
        if (layout.Bits > 8)
            return [];
        byte[] palette = new byte[3 * 256];
        // A palette of the core header has no number of colours: it ends where the pixels begin.
        int colours = Math.Min(layout.Colours, (layout.Pixels - layout.Palette) / layout.Entry);
        if (colours < layout.Colours && layout.Entry == 4)
            throw Truncated();
        for (int i = 0; i < colours; i++)
            content.AsSpan(layout.Palette + (layout.Entry * i), 3).CopyTo(palette.AsSpan(3 * i));
        return palette;
    }

    /// <summary>Rows as if they had been stored uncompressed. Pixels that the runs skip have index 0.</summary>
    private static byte[] Unpack(byte[] content, BmpLayout layout)
    {
        byte[] rows = new byte[(long)layout.Stride * layout.Height];
        int at = layout.Pixels,
            x = 0,
            y = 0;
        // The mark of the end may be missing, but no row.
        while (at < content.Length || y < layout.Height - 1 || (y == layout.Height - 1 && x < layout.Width))
        {
            int count = Byte(),
                value = Byte();
            if (count > 0)
            {
                for (int i = 0; i < count; i++)
                    Put(layout.Bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
                continue;
            }

            switch (value)
            {
                case 0:
                    (x, y) = (0, y + 1);
                    break;
                case 1:
                    return rows;
                case 2:
                    x += Byte();
                    y += Byte();
                    break;
                default:
                    int begin = at;
                    for (int i = 0, two = 0; i < value; i++)
                    {
                        if (layout.Bits == 8 || i % 2 == 0)
                            two = Byte();
                        Put(layout.Bits == 8 ? two : i % 2 == 0 ? two >> 4 : two & 15);
                    }

                    // Literal pixels are padded to an even number of bytes.
                    if ((at - begin) % 2 != 0)
                        at++;
                    break;
            }
        }

        return rows;

        int Byte() => at < content.Length ? content[at++] : throw Truncated();

        void Put(int index)
        {
            if (y >= layout.Height)
                throw new InvalidDataException(ErrorCode.ImageDamaged.Message("the bitmap's run lengths lead out of the picture"));
            // Runs may fill up the row.
            if (x < layout.Width)
                rows[(y * layout.Stride) + (x * layout.Bits / 8)] |= (byte)(layout.Bits == 8 ? index : index << (x % 2 == 0 ? 4 : 0));
            x++;
        }
    }

    /// <summary>The bits of a mask, stretched to 0 to 255.</summary>
    private static int Part(uint value, uint mask)
    {
        if (mask == 0)
            return 0;
        int shift = BitOperations.TrailingZeroCount(mask);
        uint full = mask >> shift;
        return (int)((((ulong)((value & mask) >> shift) * byte.MaxValue) + (full / 2)) / full);
    }

    private static InvalidDataException Truncated() => new(ErrorCode.ImageDamaged.Message("the bitmap is truncated"));

    private readonly record struct BmpLayout
    {
        internal int Width { get; init; }
        internal int Height { get; init; }
        internal bool BottomUp { get; init; }
        internal int Bits { get; init; }
        internal int Compression { get; init; }

        /// <summary>Where the pixels begin.</summary>
        internal int Pixels { get; init; }

        /// <summary>Bytes of a row.</summary>
        internal int Stride { get; init; }

        /// <summary>Where the palette begins.</summary>
        internal int Palette { get; init; }

        /// <summary>Bytes of a colour of the palette.</summary>
        internal int Entry { get; init; }

        internal int Colours { get; init; }
        internal uint Red { get; init; }
        internal uint Green { get; init; }
        internal uint Blue { get; init; }
    }
}
