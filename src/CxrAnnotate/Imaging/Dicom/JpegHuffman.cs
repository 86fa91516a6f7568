namespace CxrAnnotate;

/// <summary>A Huffman table of a JPEG stream (T.81, annex C and F.2.2.3).</summary>
internal sealed class JpegHuffman
{
    private readonly int[] _first = new int[17];
    private readonly int[] _last = new int[17];
    private readonly int[] _start = new int[17];
    private readonly byte[] _symbols;

    /// <param name="counts">How many codes there are of each length from 1 to 16.</param>
    /// <param name="symbols">Their symbols, in the order of the codes.</param>
    /// <exception cref="InvalidDataException">There are more codes of a length than bits can tell apart.</exception>
    internal JpegHuffman(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        _symbols = symbols.ToArray();
        int code = 0, at = 0;
        for (int length = 1; length <= 16; length++)
        {
            _first[length] = code;
            _start[length] = at;
            code += counts[length - 1];
            at += counts[length - 1];
            _last[length] = code - 1;
            if (code > 1 << length)
                throw new InvalidDataException("a Huffman table of its JPEG data is impossible");
            code <<= 1;
        }
    }

    internal int Decode(ref JpegBits bits)
    {
        int code = 0;
        for (int length = 1; length <= 16; length++)
        {
            code = (code << 1) | bits.Bit();
            if (code <= _last[length] && code >= _first[length])
                return _symbols[_start[length] + code - _first[length]];
        }

        throw new InvalidDataException("its JPEG data have a code that no Huffman table knows");
    }
}
