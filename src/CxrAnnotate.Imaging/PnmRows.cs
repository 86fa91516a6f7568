namespace CxrAnnotate;

/// <summary>
/// A picture of the Netpbm family: bits, grey or colour (P1 to P3 in digits, P4 to P6 in bytes), of which libvips reads only some. White is the
/// largest value that the header declares.
/// </summary>
internal sealed class PnmRows : SampledRows
{
    private readonly ushort[] _values;
    private readonly int _full;

    private PnmRows(ushort[] values, int width, int height, int samples, int full)
        : base(width, height, samples, full > byte.MaxValue ? 16 : 8)
    {
        _values = values;
        _full = full;
    }

    internal override int FullScale => _full;

    /// <exception cref="InvalidDataException">The file is truncated, damaged or too large.</exception>
    internal static PnmRows Open(RadiographFile file, RadiographLimits limits)
    {
        byte[] content = file.ReadAll(limits);
        var text = new Tokens(content);
        int kind = content[1] - '0',
            width = text.Number(),
            height = text.Number();
        bool bits = kind is 1 or 4,
            digits = kind < 4;
        int full = bits ? 1 : text.Number(),
            samples = kind is 3 or 6 ? 3 : 1;
        if (width < 1 || height < 1 || full is < 1 or > ushort.MaxValue)
            throw Damaged("its header is");
        limits.CheckSize(width, height);
        limits.CheckMemory((double)sizeof(ushort) * width * height * samples, "because its format is decoded as a whole");
        ushort[] values = new ushort[width * height * samples];
        if (digits)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = (ushort)Math.Min(bits ? text.Bit() : text.Number(), ushort.MaxValue);
        }
        else
        {
            // One blank, of whatever kind, separates the header from the samples.
            ReadOnlySpan<byte> raster = text.Rest;
            int stride = bits ? (width + 7) / 8 : width * samples * (full > byte.MaxValue ? 2 : 1);
            if (raster.Length < (long)stride * height)
                throw Damaged("it ends early");
            for (int y = 0, at = 0; y < height; y++)
            {
                ReadOnlySpan<byte> row = raster.Slice(y * stride, stride);
                for (int x = 0; x < width * samples; x++, at++)
                    values[at] = (ushort)(
                        bits ? (row[x / 8] >> (7 - (x % 8))) & 1
                        : full > byte.MaxValue ? (row[2 * x] << 8) | row[(2 * x) + 1]
                        : row[x]
                    );
            }
        }

        foreach (ref ushort value in values.AsSpan())
        {
            if (value > full)
                throw Damaged($"a sample is {value}, and the header says that none exceeds {full}");
            // In a picture of bits, 1 is black.
            if (bits)
                value ^= 1;
        }

        return new PnmRows(values, width, height, samples, full);
    }

    internal override void ReadRow(int y, Span<int> row)
    {
        for (int i = 0; i < row.Length; i++)
            row[i] = _values[(y * row.Length) + i];
    }

    private static InvalidDataException Damaged(string reason) =>
        new(ErrorCode.ImageDamaged.Message($"it is truncated or damaged (a Netpbm file: {reason})"));

    /// <summary>The words of the header, and of samples in digits. A comment lasts from # to the end of the line.</summary>
    private ref struct Tokens(ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _content = content;
        private int _at = 2;

        /// <summary>What follows the blank after the last word.</summary>
        internal readonly ReadOnlySpan<byte> Rest => _content[Math.Min(_at + 1, _content.Length)..];

        internal int Number()
        {
            int first = Next(),
                number = 0;
            for (; _at < _content.Length && _content[_at] is >= (byte)'0' and <= (byte)'9'; _at++)
                number = (int)Math.Min((number * 10L) + _content[_at] - '0', int.MaxValue);
            return _at > first ? number : throw Damaged("a number is missing");
        }

        /// <summary>A digit of its own; the digits of bits need no blanks between them.</summary>
        internal int Bit() =>
            Next() < _content.Length && _content[_at] is (byte)'0' or (byte)'1' ? _content[_at++] - '0' : throw Damaged("a number is missing");

        private int Next()
        {
            bool comment = false;
            for (; _at < _content.Length; _at++)
            {
                byte value = _content[_at];
                comment = value == '#' || (comment && value is not ((byte)'\n' or (byte)'\r'));
                if (!comment && value is not ((byte)' ' or (>= 9 and <= 13)))
                    break;
            }

            return _at;
        }
    }
}
