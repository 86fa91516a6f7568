using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>The directories of a TIFF: the number of pages, and the size of the strips or tiles of the first.</summary>
/// <param name="content">The file.</param>
/// <param name="bigEndian">Whether numbers are big-endian.</param>
/// <param name="big">Whether offsets have eight bytes (BigTIFF).</param>
internal sealed class TiffStructure(Stream content, bool bigEndian, bool big)
{
    internal const ushort Width = 256,
        Height = 257,
        Bits = 258,
        Compression = 259,
        Photometric = 262,
        Samples = 277,
        StripRows = 278,
        LowestSample = 280,
        HighestSample = 281,
        Planes = 284,
        Predictor = 317,
        TileWidth = 322,
        TileHeight = 323,
        ExtraSamples = 338,
        SampleFormat = 339;

    /// <summary>The types of numbers of 16 bits, as in the list of bits per sample, and of 32.</summary>
    private const ushort Short = 3,
        Long = 4;

    private readonly byte[] _entry = new byte[20];
    private readonly Dictionary<ushort, long> _places = [];
    private Dictionary<ushort, ulong> _first = [];

    internal static TiffStructure Of(Stream content, ReadOnlySpan<byte> start) =>
        new(content, bigEndian: start[0] == 'M', big: start[2] + start[3] == 43);

    /// <summary>The number in an entry of the first page, after <see cref="Check"/>; of several the first.</summary>
    internal ulong Value(ushort tag, ulong otherwise) => _first.GetValueOrDefault(tag, otherwise);

    /// <summary>Replaces an entry of the first page, if there is one, by a single number.</summary>
    internal void Replace(byte[] file, ushort tag, uint number)
    {
        if (!_places.TryGetValue(tag, out long place))
            return;
        Span<byte> entry = file.AsSpan((int)place, big ? 20 : 12);
        entry[2..].Clear();
        Put(entry.Slice(2, 2), Long);
        Put(entry.Slice(4, big ? 8 : 4), 1);
        // A number of four bytes stands at the beginning of the value's place, whatever the byte order.
        Put(entry.Slice(big ? 12 : 8, 4), number);
    }

    /// <exception cref="InvalidDataException">There are too many pages, or the first page, its strips or its tiles are too large.</exception>
    internal void Check(RadiographLimits limits)
    {
        content.Position = big ? 8 : 4;
        for (int page = 0; TryNumber(big ? 8 : 4, out ulong next) && next > 0 && next < (ulong)content.Length; page++)
        {
            if (page == DecodingCost.MostPages)
                throw DecodingCost.TooManyPages();
            content.Position = (long)next;
            if (!TryNumber(big ? 8 : 2, out ulong count) || count > ushort.MaxValue)
                return;
            long end = content.Position + ((long)count * (big ? 20 : 12));
            if (page == 0)
                CheckPieces(_first = Entries((int)count), limits);
            content.Position = end;
        }
    }

    private Dictionary<ushort, ulong> Entries(int count)
    {
        var values = new Dictionary<ushort, ulong>();
        int length = big ? 20 : 12,
            value = big ? 12 : 8;
        for (int i = 0; i < count && content.ReadAtLeast(_entry.AsSpan(0, length), length, throwOnEndOfStream: false) == length; i++)
        {
            _places.TryAdd((ushort)Number(_entry.AsSpan(0, 2)), content.Position - length);
            ushort tag = (ushort)Number(_entry.AsSpan(0, 2)),
                type = (ushort)Number(_entry.AsSpan(2, 2));
            ulong values16 = Number(_entry.AsSpan(4, big ? 8 : 4));
            if (tag == Bits && type == Short && values16 > (big ? 4u : 2u))
            {
                // The list is stored elsewhere.
                long next = content.Position;
                content.Position = (long)Math.Min(Number(_entry.AsSpan(value, big ? 8 : 4)), (ulong)content.Length);
                if (TryNumber(2, out ulong bits))
                    values.TryAdd(tag, bits);
                content.Position = next;
            }
            else
            {
                values.TryAdd(
                    tag,
                    Number(
                        _entry.AsSpan(
                            value,
                            type == Short ? 2
                                : type == 16 ? 8
                                : 4
                        )
                    )
                );
            }
        }

        return values;
    }

    private static void CheckPieces(Dictionary<ushort, ulong> values, RadiographLimits limits)
    {
        double width = values.GetValueOrDefault(Width),
            height = values.GetValueOrDefault(Height);
        limits.CheckSize((long)Math.Min(width, uint.MaxValue), (long)Math.Min(height, uint.MaxValue));
        double pixel = Math.Max(values.GetValueOrDefault(Samples, 1u), 1) * (double)Math.Max(values.GetValueOrDefault(Bits, 1u), 8) / 8;
        limits.CheckRow(width, pixel);
        double across = values.GetValueOrDefault(TileWidth),
            down = values.GetValueOrDefault(TileHeight);
        if (across > 0 && down > 0)
        {
            // A row of tiles, in the decoder and in libvips.
            limits.CheckMemory(2 * pixel * Math.Ceiling(width / across) * across * down, $"because of its tiles of {across} x {down} pixels");
        }
        else if (values.GetValueOrDefault(Planes) == 2)
        {
            // Large strips are otherwise decoded row by row.
            limits.CheckMemory(
                2 * pixel * width * Math.Min(values.GetValueOrDefault(StripRows, ulong.MaxValue), height),
                "because its colour planes are stored separately"
            );
        }
    }

    private bool TryNumber(int bytes, out ulong number)
    {
        Span<byte> read = stackalloc byte[8];
        read = read[..bytes];
        bool whole = content.ReadAtLeast(read, bytes, throwOnEndOfStream: false) == bytes;
        number = whole ? Number(read) : 0;
        return whole;
    }

    private void Put(Span<byte> bytes, uint number)
    {
        if (bytes.Length == 8)
            Put(bigEndian ? bytes[4..] : bytes[..4], number);
        else if (bytes.Length == 2)
            bytes[bigEndian ? 1 : 0] = (byte)number;
        else if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
    }

    private ulong Number(ReadOnlySpan<byte> bytes) =>
        bytes.Length switch
        {
            2 => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
}
