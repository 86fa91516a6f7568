using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>
/// Decodes JPEG-LS (ITU-T T.87), lossless and near-lossless, with every arrangement of colours. Mapping tables, restart intervals and the colour
/// transforms of one manufacturer, which DICOM does not have, are refused.
/// </summary>
internal sealed class JpegLs
{
    private const int StartOfFrame = 0xF7,
        Parameters = 0xF8,
        StartOfScan = 0xDA,
        End = 0xD9,
        RestartInterval = 0xDD,
        Comment = 0xFE,
        ColourTransform = 0xE8;

    private readonly CodedImage _image;
    private readonly ShapeCheck _check;
    private CodedShape _shape;
    private byte[] _identifiers = [];
    private byte[] _samples = [];
    private int _sampleBytes;
    private int _decoded;
    private JpegLsPreset _preset;

    private JpegLs(CodedImage image, ShapeCheck check) => (_image, _check) = (image, check);

    /// <summary>Whether the bytes begin as a JPEG whose frame is one of JPEG-LS; application data may precede it.</summary>
    internal static bool Looks(ReadOnlySpan<byte> start)
    {
        for (int at = 2; start is [0xFF, 0xD8, 0xFF, ..] && at + 4 <= start.Length && start[at] == 0xFF;)
        {
            if (start[at + 1] is StartOfFrame or Parameters)
                return true;
            if (start[at + 1] is not (Comment or (>= 0xE0 and <= 0xEF)))
                return false;
            at += 2 + (start[at + 2] << 8) + start[at + 3];
        }

        return false;
    }

    /// <summary>Decodes an image to little-endian samples, row-major, interleaved by pixel.</summary>
    /// <exception cref="InvalidDataException">It is damaged, too large, or of a kind that is not read.</exception>
    internal static byte[] Decode(CodedImage image, ShapeCheck check)
    {
        var decoder = new JpegLs(image, check);
        decoder.Read(image.Bytes.Span);
        return decoder._samples;
    }

    private void Read(ReadOnlySpan<byte> data)
    {
        if (data is not [0xFF, 0xD8, ..])
            throw _image.Damaged("its JPEG-LS data do not begin with a start-of-image marker");
        int at = 2;
        while (_shape.Components == 0 || _decoded < _shape.Components)
        {
            while (at + 1 < data.Length && data[at] == 0xFF && data[at + 1] == 0xFF)
                at++;
            if (at + 4 > data.Length || data[at] != 0xFF || data[at + 1] == End)
                throw Truncated();
            int marker = data[at + 1],
                length = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            if (length < 2 || at + 2 + length > data.Length)
                throw Truncated();
            ReadOnlySpan<byte> segment = data.Slice(at + 4, length - 2);
            at += 2 + length;
            switch (marker)
            {
                case StartOfFrame:
                    Frame(segment);
                    break;
                case Parameters:
                    Preset(segment);
                    break;
                case StartOfScan:
                    at += Scan(segment, data[at..]);
                    break;
                case RestartInterval when segment.ContainsAnyExcept((byte)0):
                    throw Unsupported("restart intervals");
                case ColourTransform when segment is [(byte)'m', (byte)'r', (byte)'f', (byte)'x', > 0, ..]:
                    throw Unsupported("a colour transform");
                case RestartInterval or Comment or (>= 0xE0 and <= 0xEF):
                    break;
                default:
                    throw Truncated();
            }
        }
    }

    private void Frame(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 6 || frame.Length < 6 + (3 * frame[5]) || frame[5] == 0 || _shape.Components > 0)
            throw Truncated();
        int bits = frame[0],
            height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]),
            width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]),
            components = frame[5];
        if (bits is < 2 or > 16 || height == 0 || width == 0)
            throw Truncated();
        _identifiers = new byte[components];
        for (int c = 0; c < components; c++)
        {
            _identifiers[c] = frame[6 + (3 * c)];
            if (frame[7 + (3 * c)] != 0x11)
                throw Unsupported("components of unlike sizes");
        }

        _image.Limits.CheckSize(width, height);
        _shape = new CodedShape(width, height, components, bits, IsSigned: false);
        _sampleBytes = _check(_shape);
        double size = (double)width * height * components * _sampleBytes;
        _image.Limits.CheckMemory(size, $"for {components} components of {width} x {height} pixels");
        _samples = new byte[(long)size];
    }

    private void Preset(ReadOnlySpan<byte> segment)
    {
        if (segment is not [1, ..])
            throw Unsupported("mapping tables or sizes of more than 16 bits");
        if (segment.Length < 11)
            throw Truncated();
        _preset = new JpegLsPreset(
            BinaryPrimitives.ReadUInt16BigEndian(segment[1..]),
            BinaryPrimitives.ReadUInt16BigEndian(segment[3..]),
            BinaryPrimitives.ReadUInt16BigEndian(segment[5..]),
            BinaryPrimitives.ReadUInt16BigEndian(segment[7..]),
            BinaryPrimitives.ReadUInt16BigEndian(segment[9..])
        );
    }

    /// <summary>Decodes a scan; returns the bytes of its data.</summary>
    private int Scan(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        if (header.Length < 1 || header[0] == 0 || header.Length < 4 + (2 * header[0]) || _shape.Components == 0)
            throw Truncated();
        int count = header[0],
            near = header[1 + (2 * count)],
            interleaving = header[2 + (2 * count)],
            first = _identifiers.AsSpan().IndexOf(header[1]);
        for (int c = 0; c < count; c++)
        {
            if (header[2 + (2 * c)] != 0)
                throw Unsupported("mapping tables");
            if (first < 0 || first + c >= _shape.Components || _identifiers[first + c] != header[1 + (2 * c)])
                throw Truncated();
        }

        if (header[3 + (2 * count)] != 0)
            throw Unsupported("a point transform");
        if (interleaving > 2 || (interleaving == 0 && count > 1))
            throw Truncated();
        JpegLsPreset preset = _preset.Complete((1 << _shape.Bits) - 1, near) ?? throw Truncated();
        int length = Data(data);
        var scan = new JpegLsScan(data[..length], preset, near, _shape.Width, interleaving == 0 ? 1 : count);
        for (int y = 0; y < _shape.Height; y++)
        {
            if (!scan.Next(byPixel: interleaving == 2))
                throw Truncated();
            for (int c = 0; c < count; c++)
                Store(scan.Row(c), y, first + c);
        }

        _decoded += count;
        return length;
    }

    private void Store(ReadOnlySpan<int> row, int y, int component)
    {
        int step = _shape.Components * _sampleBytes;
        Span<byte> target = _samples.AsSpan((y * _shape.Width * step) + (component * _sampleBytes));
        if (_sampleBytes == 1)
        {
            for (int x = 0, at = 0; x < row.Length; x++, at += step)
                target[at] = (byte)row[x];
        }
        else
        {
            for (int x = 0, at = 0; x < row.Length; x++, at += step)
                BinaryPrimitives.WriteUInt16LittleEndian(target[at..], (ushort)row[x]);
        }
    }

    /// <summary>The bytes up to the next marker. In the data of a scan the byte after FF is below 80.</summary>
    private static int Data(ReadOnlySpan<byte> data)
    {
        int at = 0;
        while (true)
        {
            int found = data[at..].IndexOf((byte)0xFF);
            if (found < 0 || at + found + 1 >= data.Length)
                return data.Length;
            at += found + 1;
            if (data[at] >= 0x80)
                return at - 1;
        }
    }

    private InvalidDataException Truncated() => _image.Damaged("its JPEG-LS data are truncated or damaged");

    private InvalidDataException Unsupported(string what) => _image.Damaged($"its JPEG-LS data have {what}, which is not supported");
}
