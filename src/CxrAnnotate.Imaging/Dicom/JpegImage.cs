using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>
/// Decodes the JPEG processes of ITU-T T.81 that DICOM radiographs use: sequential DCT of 8 and 12 bits (processes 1, 2, 4), progressive DCT (6, 8,
/// 10, 12) and lossless (14, all predictors). The inverse DCT is the integer one that the Independent JPEG Group's library uses by default, so that
/// the values are bit for bit those of dcmtk and GDCM, which contain it.
/// </summary>
internal sealed class JpegImage
{
    /// <summary>The length of an Adobe marker; its last byte is the colour transform.</summary>
    private const int AdobeLength = 12;

    private readonly int[]?[] _quantization = new int[4][];
    private readonly JpegHuffman?[] _dc = new JpegHuffman[4];
    private readonly JpegHuffman?[] _ac = new JpegHuffman[4];
    private readonly long _maximumPixels;
    private readonly Action<JpegImage>? _check;
    private JpegComponent[] _components = [];
    private int _restart;
    private bool _lossless;
    private JpegProgressive? _progressive;
    private bool _hasJfif;
    private int _decoded;

    private JpegImage(long maximumPixels, Action<JpegImage>? check) => (_maximumPixels, _check) = (maximumPixels, check);

    internal int Width { get; private set; }

    internal int Height { get; private set; }

    /// <summary>Bits of a sample.</summary>
    internal int Precision { get; private set; }

    internal int Components { get; private set; }

    /// <summary>Whether values are approximate: those of a DCT.</summary>
    internal bool IsLossy => !_lossless;

    /// <summary>The colour transform of an Adobe marker (APP14): 0 for none, 1 for YCbCr; null without such a marker.</summary>
    internal int? AdobeTransform { get; private set; }

    /// <summary>
    /// Whether three components are red, green and blue (true) or YCbCr (false), as its markers, the names of the components, or colours shared
    /// between pixels show; null if nothing does.
    /// </summary>
    internal bool? IsRgb =>
        _hasJfif ? false
        : AdobeTransform is { } transform ? transform == 0
        : _components is [{ Id: 'R' }, { Id: 'G' }, { Id: 'B' }] ? true
        : Array.Exists(_components, c => c.Horizontal != HorizontalMaximum || c.Vertical != VerticalMaximum) ? false
        : null;

    /// <summary>The memory for the coefficients of a progressive image, which are kept until its last scan.</summary>
    internal long CoefficientBytes => _progressive is null ? 0 : (long)Width * Height * Components * sizeof(short);

    /// <summary>Decodes an image.</summary>
    /// <param name="data">From the start-of-image marker on.</param>
    /// <param name="maximumPixels">An image that declares more is rejected before anything is allocated.</param>
    /// <param name="check">Called with the frame's properties before anything is allocated for it; may throw.</param>
    /// <exception cref="InvalidDataException">It is of another process, damaged, or too large.</exception>
    internal static JpegImage Decode(ReadOnlySpan<byte> data, long maximumPixels, Action<JpegImage>? check = null)
    {
        var image = new JpegImage(maximumPixels, check);
        image.Read(data);
        return image;
    }

    /// <summary>Copies a component's samples of an image row; a subsampled component gives its nearest samples.</summary>
    /// <param name="component">The component.</param>
    /// <param name="y">The row.</param>
    /// <param name="into">The destination; the first sample goes to its first element.</param>
    /// <param name="step">The distance between samples in the destination.</param>
    internal void CopyRow(int component, int y, Span<int> into, int step)
    {
        JpegComponent c = _components[component];
        ReadOnlySpan<ushort> row = c.Samples.AsSpan(y * c.Vertical / VerticalMaximum * c.Stride, c.Stride);
        if (c.Horizontal == HorizontalMaximum)
        {
            for (int x = 0, at = 0; x < Width; x++, at += step)
                into[at] = row[x];
        }
        else
        {
            for (int x = 0, at = 0; x < Width; x++, at += step)
                into[at] = row[x * c.Horizontal / HorizontalMaximum];
        }
    }

    private int HorizontalMaximum { get; set; }

    private int VerticalMaximum { get; set; }

    private void Read(ReadOnlySpan<byte> data)
    {
        if (data is not [0xFF, 0xD8, ..])
            throw Broken("do not begin with a start-of-image marker");
        int at = 2;
        while (true)
        {
            // Fill bytes may precede a marker.
            while (at < data.Length && data[at] == 0xFF && at + 1 < data.Length && data[at + 1] == 0xFF)
                at++;
            if (at + 1 >= data.Length)
                throw Broken("end too early");
            if (data[at] != 0xFF)
                throw Broken("have no marker where one is due");
            int marker = data[at + 1];
            at += 2;
            if (marker == 0xD9)
                break;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            if (data.Length - at < 2)
                throw Broken("end too early");
            int length = BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
            if (length < 2 || length > data.Length - at)
                throw Broken("have a segment that reaches beyond their end");
            ReadOnlySpan<byte> segment = data.Slice(at + 2, length - 2);
            at += length;
            switch (marker)
            {
                case >= 0xC0 and <= 0xC3:
                    Frame(segment, marker);
                    break;
                case 0xC4:
                    HuffmanTables(segment);
                    break;
                case 0xDB:
                    QuantizationTables(segment);
                    break;
                case 0xDD:
                    if (segment.Length < 2)
                        throw Broken("have a restart interval that is cut off");
                    _restart = BinaryPrimitives.ReadUInt16BigEndian(segment);
                    break;
                case 0xDA:
                    at += Scan(segment, data[at..]);
                    // Some writers omit the end-of-image marker; it suffices that all samples are there.
                    if (_progressive is null ? _decoded == _components.Length : _progressive.IsComplete(_components))
                    {
                        Finish();
                        return;
                    }

                    break;
                case 0xE0 when segment.StartsWith("JFIF\0"u8):
                    _hasJfif = true;
                    break;
                case 0xEE when segment.Length >= AdobeLength && segment.StartsWith("Adobe"u8):
                    AdobeTransform = segment[AdobeLength - 1];
                    break;
                case > 0xC3 and <= 0xCF:
                    throw Broken($"are of a process (SOF{marker - 0xC0}) that is not one of DICOM's");
            }
        }

        if (_components.Length == 0 || !(_progressive?.HasAll(_components) ?? _decoded == _components.Length))
            throw Broken("hold no whole image");
        Finish();
    }

    /// <summary>Transforms the coefficients of a progressive image, which its scans have given bit by bit.</summary>
    private void Finish() => _progressive?.Transform(_components, Precision);

    private void Frame(ReadOnlySpan<byte> segment, int marker)
    {
        bool lossless = marker == 0xC3;
        if (_components.Length > 0)
            throw Broken("have two frames");
        if (segment.Length < 6 || segment.Length < 6 + (3 * segment[5]))
            throw Broken("have a frame header that is cut off");
        _lossless = lossless;
        Precision = segment[0];
        Height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        Width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        int count = segment[5];
        if (lossless ? Precision is < 2 or > 16 : Precision is not (8 or 12))
            throw Broken($"have samples of {Precision} bits");
        if (Width == 0 || Height == 0 || count is not (1 or 3))
            throw Broken($"declare {Width} x {Height} pixels of {count} components");
        if ((long)Width * Height > _maximumPixels)
            throw Broken($"declare {Width} x {Height} pixels, more than the {_maximumPixels} allowed");
        (Components, _progressive) = (count, marker == 0xC2 ? new JpegProgressive() : null);
        _check?.Invoke(this);
        var components = new JpegComponent[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = segment.Slice(6 + (3 * i), 3);
            components[i] = new JpegComponent
            {
                Id = entry[0],
                Horizontal = entry[1] >> 4,
                Vertical = entry[1] & 15,
                Quantization = entry[2],
            };
            if (components[i].Horizontal is < 1 or > 4 || components[i].Vertical is < 1 or > 4 || entry[2] > 3)
                throw Broken("have a component with impossible sampling factors");
        }

        // A single component is never subsampled, whatever its factors are.
        if (count == 1)
            (components[0].Horizontal, components[0].Vertical) = (1, 1);
        HorizontalMaximum = components.Max(c => c.Horizontal);
        VerticalMaximum = components.Max(c => c.Vertical);
        if (lossless && (HorizontalMaximum > 1 || VerticalMaximum > 1))
            throw Broken("are lossless and subsampled");
        int unit = lossless ? 1 : 8;
        foreach (JpegComponent c in components)
        {
            c.BlocksAcross = Ceiling(Ceiling(Width * c.Horizontal, HorizontalMaximum), unit);
            c.BlocksDown = Ceiling(Ceiling(Height * c.Vertical, VerticalMaximum), unit);
            c.Stride = Ceiling(Width, unit * HorizontalMaximum) * c.Horizontal * unit;
            c.Samples = new ushort[(long)c.Stride * Ceiling(Height, unit * VerticalMaximum) * c.Vertical * unit];
            c.Coefficients = _progressive is null ? [] : new short[c.Samples.Length];
        }

        _components = components;
    }

    private void HuffmanTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            int count = 0;
            for (int i = 1; i <= 16 && i < segment.Length; i++)
                count += segment[i];
            if (segment.Length < 17 + count || count > 256 || (segment[0] & 15) > 3 || segment[0] >> 4 > 1)
                throw Broken("have a Huffman table that is cut off or impossible");
            (segment[0] >> 4 == 0 ? _dc : _ac)[segment[0] & 15] = new JpegHuffman(segment.Slice(1, 16), segment.Slice(17, count));
            segment = segment[(17 + count)..];
        }
    }

    private void QuantizationTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            bool wide = segment[0] >> 4 == 1;
            int length = wide ? 129 : 65;
            if (segment.Length < length || (segment[0] & 15) > 3)
                throw Broken("have a quantization table that is cut off or impossible");
            int[] table = new int[64];
            for (int i = 0; i < 64; i++)
                table[JpegZigzag.Places[i]] = wide ? BinaryPrimitives.ReadUInt16BigEndian(segment[(1 + (2 * i))..]) : segment[1 + i];
            _quantization[segment[0] & 15] = table;
            segment = segment[length..];
        }
    }

    /// <summary>Decodes a scan; returns the number of bytes consumed.</summary>
    private int Scan(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        if (_components.Length == 0)
            throw Broken("have a scan before their frame");
        if (header.Length < 1 || header[0] is < 1 or > 3 || header.Length < 4 + (2 * header[0]))
            throw Broken("have a scan header that is cut off");
        int count = header[0],
            selection = header[1 + (2 * count)],
            last = header[2 + (2 * count)],
            high = header[3 + (2 * count)] >> 4,
            low = header[3 + (2 * count)] & 15;
        var scanned = new JpegComponent[count];
        for (int i = 0; i < count; i++)
        {
            int id = header[1 + (2 * i)],
                tables = header[2 + (2 * i)];
            JpegComponent component =
                Array.Find(_components, c => c.Id == id && (!c.Decoded || _progressive is not null))
                ?? throw Broken("have a scan of a component that does not exist");
            if (Array.IndexOf(scanned, component) >= 0)
                throw Broken("have a scan of a component twice");
            component.Dc = _dc[(tables >> 4) & 3];
            component.Ac = _ac[tables & 3];
            component.Table ??= _quantization[component.Quantization];
            if (_progressive is null && (component.Dc is null || (!_lossless && component.Ac is null)))
                throw Broken("lack a Huffman table");
            if (!_lossless && component.Table is null)
                throw Broken("lack a quantization table");
            component.Decoded = true;
            scanned[i] = component;
        }

        var bits = new JpegBits(data);
        if (_lossless)
            Lossless(scanned, selection, low, ref bits);
        else if (_progressive is not null)
            Dct(scanned, _progressive.Scan(scanned, selection, last, high, low), ref bits);
        else
            Dct(scanned, null, ref bits);
        _decoded += count;
        return bits.Position;
    }

    /// <summary>Goes through the blocks of a scan.</summary>
    /// <param name="scanned">Its components.</param>
    /// <param name="progressive">What it adds to the coefficients; null for a sequential scan, whose blocks are whole.</param>
    /// <param name="bits">Its data.</param>
    private void Dct(JpegComponent[] scanned, JpegProgressive.Pass? progressive, ref JpegBits bits)
    {
        foreach (JpegComponent c in scanned)
            c.Predictor = 0;
        Span<int> block = stackalloc int[64];
        bool single = scanned.Length == 1;
        int across = single ? scanned[0].BlocksAcross : Ceiling(Width, 8 * HorizontalMaximum);
        int down = single ? scanned[0].BlocksDown : Ceiling(Height, 8 * VerticalMaximum);
        int restarts = 0,
            left = _restart;
        for (int unit = 0; unit < across * down; unit++)
        {
            if (_restart > 0 && left-- == 0)
            {
                bits.Restart(restarts++);
                left = _restart - 1;
                progressive?.Restart();
                foreach (JpegComponent c in scanned)
                    c.Predictor = 0;
            }

            foreach (JpegComponent c in scanned)
            {
                int wide = single ? 1 : c.Horizontal,
                    high = single ? 1 : c.Vertical;
                for (int v = 0; v < high; v++)
                {
                    for (int h = 0; h < wide; h++)
                    {
                        int x = (unit % across * wide) + h,
                            y = (unit / across * high) + v;
                        if (progressive is not null)
                        {
                            progressive.Block(c, c.CoefficientsOf(x, y), ref bits);
                            continue;
                        }

                        Block(c, ref bits, block);
                        JpegInverseDct.Transform(block, Precision, c.Samples.AsSpan((8 * y * c.Stride) + (8 * x)), c.Stride);
                    }
                }
            }
        }
    }

    private static void Block(JpegComponent c, ref JpegBits bits, scoped Span<int> block)
    {
        int[] quantization = c.Table!;
        block.Clear();
        int size = c.Dc!.Decode(ref bits);
        if (size > 15)
            throw Broken("have a difference of impossible size");
        c.Predictor += bits.Signed(size);
        block[0] = c.Predictor * quantization[0];
        for (int k = 1; k < 64; k++)
        {
            int symbol = c.Ac!.Decode(ref bits);
            int run = symbol >> 4;
            size = symbol & 15;
            if (size == 0)
            {
                if (run != 15)
                    break;
                k += 15;
                continue;
            }

            k += run;
            if (k > 63)
                throw Broken("have a block of more than 64 coefficients");
            block[JpegZigzag.Places[k]] = bits.Signed(size) * quantization[JpegZigzag.Places[k]];
        }
    }

    /// <summary>Prediction from the neighbours (T.81, annex H).</summary>
    private void Lossless(JpegComponent[] scanned, int selection, int transform, ref JpegBits bits)
    {
        if (selection is < 1 or > 7 || transform >= Precision)
            throw Broken($"have the predictor {selection} and the point transform {transform}");
        int initial = 1 << (Precision - transform - 1),
            restarts = 0;
        bool firstRow = true;
        if (_restart > 0 && _restart % Width != 0)
            throw Broken("have a restart interval that is not whole rows");
        for (int y = 0; y < Height; y++)
        {
            if (_restart > 0 && y > 0 && y % (_restart / Width) == 0)
            {
                bits.Restart(restarts++);
                firstRow = true;
            }

            for (int x = 0; x < Width; x++)
            {
                foreach (JpegComponent c in scanned)
                {
                    int at = (y * c.Stride) + x;
                    ushort[] samples = c.Samples;
                    int prediction;
                    if (firstRow)
                    {
                        prediction = x == 0 ? initial : samples[at - 1];
                    }
                    else if (x == 0)
                    {
                        prediction = samples[at - c.Stride];
                    }
                    else
                    {
                        int a = samples[at - 1],
                            b = samples[at - c.Stride],
                            d = samples[at - c.Stride - 1];
                        prediction = selection switch
                        {
                            1 => a,
                            2 => b,
                            3 => d,
                            4 => a + b - d,
                            5 => a + ((b - d) >> 1),
                            6 => b + ((a - d) >> 1),
                            _ => (a + b) >> 1,
                        };
                    }

                    int size = c.Dc!.Decode(ref bits);
                    if (size > 16)
                        throw Broken("have a difference of impossible size");
                    // Sixteen stands for 32768, without further bits.
                    samples[at] = (ushort)(prediction + (size == 16 ? 32768 : bits.Signed(size)));
                }
            }

            firstRow = false;
        }

        if (transform == 0)
            return;
        foreach (JpegComponent c in scanned)
        {
            foreach (ref ushort sample in c.Samples.AsSpan())
                sample = (ushort)(sample << transform);
        }
    }

    private static int Ceiling(int value, int by) => (value + by - 1) / by;

    internal static InvalidDataException Broken(string reason) => new(ErrorCode.DicomPixelData.Message("its JPEG data " + reason));
}
