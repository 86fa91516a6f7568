namespace CxrAnnotate;

/// <summary>A Huffman table of a JPEG stream (T.81, annex C and F.2.2.3).</summary>
internal sealed class JpegHuffman
{
    /// <summary>Codes up to this length, nearly all of them, are found by one look-up.</summary>
    private const int ShortLength = 9;

    private readonly int[] _first = new int[17];
    private readonly int[] _last = new int[17];
    private readonly int[] _start = new int[17];
    private readonly byte[] _symbols;

    /// <summary>By the next bits: the code's length in the upper byte and its symbol in the lower; 0 if the code is longer or invalid.</summary>
    private readonly ushort[] _short = new ushort[1 << ShortLength];

    /// <param name="counts">The number of codes of each length from 1 to 16.</param>
    /// <param name="symbols">Their symbols, in the order of the codes.</param>
    /// <exception cref="InvalidDataException">There are more codes of a length than its bits can distinguish.</exception>
    internal JpegHuffman(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        _symbols = symbols.ToArray();
        int code = 0,
            at = 0;
        for (int length = 1; length <= 16; length++)
        {
            _first[length] = code;
            _start[length] = at;
            code += counts[length - 1];
            at += counts[length - 1];
            _last[length] = code - 1;
            if (code > 1 << length)
                throw new InvalidDataException(ErrorCode.DicomPixelData.Message("a Huffman table of its JPEG data is invalid"));
            for (int c = _first[length]; length <= ShortLength && c < code; c++)
                _short
                    .AsSpan(c << (ShortLength - length), 1 << (ShortLength - length))
                    .Fill((ushort)((length << 8) | _symbols[_start[length] + c - _first[length]]));
            code <<= 1;
        }
    }

    internal int Decode(ref JpegBits bits)
    {
        int found = _short[bits.Peek(ShortLength)];
        if (found != 0)
        {
            bits.Skip(found >> 8);
            return found & 0xFF;
        }

        int next = bits.Peek(16);
        for (int length = ShortLength + 1; length <= 16; length++)
        {
            int code = next >> (16 - length);
            if (code <= _last[length] && code >= _first[length])
            {
                bits.Skip(length);
                return _symbols[_start[length] + code - _first[length]];
            }
        }

        throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its JPEG data have a code that is not in the Huffman table"));
    }
}
