namespace CxrAnnotate.Tests;

/// <summary>
/// The smallest encoder of JPEG (ITU-T T.81) that has the processes of DICOM: sequential and progressive DCT of 8 and 12 bits with all quantizers 1,
/// and lossless with any predictor. Codes are of fixed tables, since size does not matter here; the transform is the textbook's, in floating point.
/// </summary>
internal sealed class TestJpeg
{
    private static readonly int[] _zigzag = ZigZag();

    private readonly List<byte> _bytes = [0xFF, 0xD8];
    private int _pending,
        _bits;

    /// <summary>Lossless: samples interleaved by pixel.</summary>
    internal static byte[] Lossless(
        int[] samples,
        int columns,
        int rows,
        int components,
        int precision,
        int predictor,
        int pointTransform = 0,
        int restartRows = 0
    )
    {
        var jpeg = new TestJpeg();
        jpeg.Frame(0xC3, columns, rows, components, precision);
        jpeg.Tables(dcOnly: true);
        if (restartRows > 0)
            jpeg.Segment(0xDD, [(byte)((restartRows * columns) >> 8), (byte)(restartRows * columns)]);
        jpeg.ScanHeader(components, predictor, 0, pointTransform);
        int restarts = 0;
        for (int y = 0; y < rows; y++)
        {
            bool first = y == 0;
            if (restartRows > 0 && y > 0 && y % restartRows == 0)
            {
                jpeg.Flush();
                jpeg._bytes.AddRange([0xFF, (byte)(0xD0 + (restarts++ % 8))]);
                first = true;
            }

            for (int x = 0; x < columns; x++)
            {
                for (int c = 0; c < components; c++)
                {
                    int At(int dx, int dy) => samples[((((y + dy) * columns) + x + dx) * components) + c] >> pointTransform;
                    int predicted =
                        first ? (x == 0 ? 1 << (precision - pointTransform - 1) : At(-1, 0))
                        : x == 0 ? At(0, -1)
                        : predictor switch
                        {
                            1 => At(-1, 0),
                            2 => At(0, -1),
                            3 => At(-1, -1),
                            4 => At(-1, 0) + At(0, -1) - At(-1, -1),
                            5 => At(-1, 0) + ((At(0, -1) - At(-1, -1)) >> 1),
                            6 => At(0, -1) + ((At(-1, 0) - At(-1, -1)) >> 1),
                            _ => (At(-1, 0) + At(0, -1)) >> 1,
                        };
                    int difference = (short)(At(0, 0) - predicted);
                    if (difference == -32768)
                        jpeg.Bits(16, 5);
                    else
                        jpeg.Difference(difference);
                }
            }
        }

        return jpeg.End();
    }

    /// <summary>Sequential DCT; of several components, the first in blocks of two by two if the others are subsampled.</summary>
    internal static byte[] Sequential(int[] samples, int columns, int rows, int precision, int components = 1, bool halved = false)
    {
        var jpeg = new TestJpeg();
        jpeg.Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        jpeg.Frame(precision == 8 ? (byte)0xC0 : (byte)0xC1, columns, rows, components, precision, halved);
        jpeg.Tables(dcOnly: false);
        jpeg.ScanHeader(components, 0, 63, 0);
        int[] before = new int[components];
        int unit = halved ? 16 : 8;
        for (int top = 0; top < rows; top += unit)
        {
            for (int left = 0; left < columns; left += unit)
            {
                for (int c = 0; c < components; c++)
                {
                    int blocks = halved && c == 0 ? 2 : 1,
                        step = halved && c > 0 ? 2 : 1;
                    for (int b = 0; b < blocks * blocks; b++)
                    {
                        int[] block = Forward(
                            (x, y) =>
                            {
                                int py = Math.Min(top + (b / blocks * 8) + (y * step), rows - 1),
                                    px = Math.Min(left + (b % blocks * 8) + (x * step), columns - 1);
                                return samples[(((py * columns) + px) * components) + c] - (1 << (precision - 1));
                            }
                        );
                        jpeg.Difference(block[0] - before[c]);
                        before[c] = block[0];
                        jpeg.Alternating(block);
                    }
                }
            }
        }

        return jpeg.End();
    }

    /// <summary>
    /// Progressive DCT of one component, in four scans: the means without their last bit, that bit, the other coefficients without their last bit,
    /// that bit.
    /// </summary>
    internal static byte[] Progressive(int[] samples, int columns, int rows, int precision)
    {
        var jpeg = new TestJpeg();
        jpeg.Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        jpeg.Frame(0xC2, columns, rows, 1, precision);
        jpeg.Tables(dcOnly: false);
        var blocks = new List<int[]>();
        for (int top = 0; top < rows; top += 8)
        {
            for (int left = 0; left < columns; left += 8)
            {
                (int x0, int y0) = (left, top);
                blocks.Add(
                    Forward(
                        (x, y) =>
                            samples[(Math.Min(y0 + y, rows - 1) * columns) + Math.Min(x0 + x, columns - 1)] - (1 << (precision - 1))
                    )
                );
            }
        }

        jpeg.ScanHeader(1, 0, 0, 0x01);
        int before = 0;
        foreach (int[] block in blocks)
        {
            jpeg.Difference((block[0] >> 1) - before);
            before = block[0] >> 1;
        }

        jpeg.Flush();
        jpeg.ScanHeader(1, 0, 0, 0x10);
        foreach (int[] block in blocks)
            jpeg.Bits(block[0] & 1, 1);
        jpeg.Flush();
        jpeg.ScanHeader(1, 1, 63, 0x01);
        foreach (int[] block in blocks)
            jpeg.Alternating([.. block.Select(value => value / 2)]);
        jpeg.Flush();
        jpeg.ScanHeader(1, 1, 63, 0x10);
        foreach (int[] block in blocks)
            jpeg.LastBits(block);
        return jpeg.End();
    }

    /// <summary>The last bits of coefficients, and new coefficients of one bit between them (T.81, G.1.2.3).</summary>
    private void LastBits(int[] block)
    {
        int run = 0,
            last = Array.FindLastIndex([.. Enumerable.Range(0, 64)], k => k > 0 && Math.Abs(block[_zigzag[k]]) == 1);
        var pending = new List<int>();
        void Corrections()
        {
            foreach (int bit in pending)
                Bits(bit, 1);
            pending.Clear();
        }

        for (int k = 1; k < 64; k++)
        {
            int value = block[_zigzag[k]];
            if (value == 0)
            {
                run++;
                continue;
            }

            for (; run > 15 && k <= last; run -= 16)
            {
                Symbol(0xF0);
                Corrections();
            }

            if (Math.Abs(value) > 1)
            {
                pending.Add(Math.Abs(value) & 1);
                continue;
            }

            Symbol((run << 4) | 1);
            Bits(value > 0 ? 1 : 0, 1);
            Corrections();
            run = 0;
        }

        if (run > 0 || pending.Count > 0)
        {
            Symbol(0);
            Corrections();
        }
    }

    private static int[] Forward(Func<int, int, int> sample)
    {
        int[] block = new int[64];
        for (int v = 0; v < 8; v++)
        {
            for (int u = 0; u < 8; u++)
            {
                double sum = 0;
                for (int y = 0; y < 8; y++)
                {
                    for (int x = 0; x < 8; x++)
                        sum += sample(x, y) * Math.Cos(((2 * x) + 1) * u * Math.PI / 16) * Math.Cos(((2 * y) + 1) * v * Math.PI / 16);
                }

                block[(8 * v) + u] = (int)Math.Round(sum * (u == 0 ? Math.Sqrt(0.5) : 1) * (v == 0 ? Math.Sqrt(0.5) : 1) / 4);
            }
        }

        return block;
    }

    private static int[] ZigZag()
    {
        // Diagonals, upwards where their number is even.
        return
        [
            .. from d in Enumerable.Range(0, 15)
            from i in Enumerable.Range(0, d + 1)
            let y = d % 2 == 0 ? d - i : i
            let x = d - y
            where x < 8 && y < 8
            select (8 * y) + x,
        ];
    }

    private void Alternating(int[] block)
    {
        int run = 0;
        for (int k = 1; k < 64; k++)
        {
            int value = block[_zigzag[k]];
            if (value == 0)
            {
                run++;
                continue;
            }

            for (; run > 15; run -= 16)
                Symbol(0xF0);
            int size = Size(value);
            Symbol((run << 4) | size);
            Bits(value < 0 ? value + (1 << size) - 1 : value, size);
            run = 0;
        }

        if (run > 0)
            Symbol(0);
    }

    private void Difference(int value)
    {
        int size = Size(value);
        Bits(size, 5);
        Bits(value < 0 ? value + (1 << size) - 1 : value, size);
    }

    // The first 128 symbols have codes of eight bits, the others of nine.
    private void Symbol(int symbol) => Bits(symbol < 128 ? symbol : 128 + symbol, symbol < 128 ? 8 : 9);

    private static int Size(int value) => value == 0 ? 0 : int.Log2(Math.Abs(value)) + 1;

    private void Bits(int value, int count)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            _pending = (_pending << 1) | ((value >> i) & 1);
            if (++_bits == 8)
            {
                _bytes.Add((byte)_pending);
                if ((byte)_pending == 0xFF)
                    _bytes.Add(0);
                (_pending, _bits) = (0, 0);
            }
        }
    }

    private void Flush()
    {
        while (_bits > 0)
            Bits(1, 1);
    }

    private byte[] End()
    {
        Flush();
        return [.. _bytes, 0xFF, 0xD9];
    }

    private void Frame(byte marker, int columns, int rows, int components, int precision, bool halved = false) =>
        Segment(
            marker,
            [
                (byte)precision,
                (byte)(rows >> 8),
                (byte)rows,
                (byte)(columns >> 8),
                (byte)columns,
                (byte)components,
                .. Enumerable.Range(1, components).SelectMany(c => new byte[] { (byte)c, (byte)(halved && c == 1 ? 0x22 : 0x11), 0 }),
            ]
        );

    private void Tables(bool dcOnly)
    {
        byte[] lengths = new byte[16];
        lengths[4] = 17;
        Segment(0xC4, [0, .. lengths, .. Enumerable.Range(0, 17).Select(i => (byte)i)]);
        if (dcOnly)
            return;
        lengths = new byte[16];
        (lengths[7], lengths[8]) = (128, 128);
        Segment(0xC4, [0x10, .. lengths, .. Enumerable.Range(0, 256).Select(i => (byte)i)]);
    }

    private void ScanHeader(int components, int start, int end, int transform) =>
        Segment(
            0xDA,
            [(byte)components, .. Enumerable.Range(1, components).SelectMany(c => new byte[] { (byte)c, 0 }), (byte)start, (byte)end, (byte)transform]
        );

    private void Segment(byte marker, byte[] content)
    {
        _bytes.AddRange([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2)]);
        _bytes.AddRange(content);
    }
}
