namespace CxrAnnotate;

/// <summary>
/// Progressive DCT (T.81, annex G): each scan gives some coefficients, or one more bit of them; the blocks are transformed after the last. An image
/// whose scans are missing would look blurred, not damaged: without an end marker every coefficient must be there to its last bit.
/// </summary>
internal sealed class JpegProgressive
{
    /// <summary>Each scan passes over all blocks; images have ten or so.</summary>
    private const int MostScans = 64;

    private const int Unseen = -1;

    /// <summary>By component, the position of the last bit that is known of each coefficient; in order of the stream.</summary>
    private readonly Dictionary<JpegComponent, int[]> _known = [];

    private int _scans;

    /// <summary>Whether every coefficient is known to its last bit.</summary>
    internal bool IsComplete(JpegComponent[] components) =>
        Array.TrueForAll(components, c => _known.TryGetValue(c, out int[]? bits) && Array.TrueForAll(bits, bit => bit == 0));

    /// <summary>Whether the mean of every block is known.</summary>
    internal bool HasAll(JpegComponent[] components) => Array.TrueForAll(components, c => _known.TryGetValue(c, out int[]? bits) && bits[0] >= 0);

    /// <summary>Begins a scan.</summary>
    /// <param name="scanned">Its components.</param>
    /// <param name="first">Its first coefficient.</param>
    /// <param name="last">Its last coefficient.</param>
    /// <param name="high">The position of the bit before; 0 for a first scan.</param>
    /// <param name="low">The position of its bit.</param>
    /// <exception cref="InvalidDataException">No scan can be so, or not here.</exception>
    internal Pass Scan(JpegComponent[] scanned, int first, int last, int high, int low)
    {
        if (++_scans > MostScans)
            throw JpegImage.Broken($"have more than {MostScans} scans");
        if (first > last || last > 63 || (first == 0 && last != 0) || (first > 0 && scanned.Length > 1) || low > 13 || (high > 0 && low != high - 1))
            throw JpegImage.Broken("have a scan that no progression has");
        foreach (JpegComponent c in scanned)
        {
            if (!_known.TryGetValue(c, out int[]? bits))
            {
                _known[c] = bits = new int[64];
                Array.Fill(bits, Unseen);
            }

            for (int k = first; k <= last; k++)
            {
                if (bits[k] != (high == 0 ? Unseen : high))
                    throw JpegImage.Broken("have scans that do not follow one another");
                bits[k] = low;
            }

            if (first > 0 ? c.Ac is null : high == 0 && c.Dc is null)
                throw JpegImage.Broken("lack a Huffman table");
        }

        return new Pass(first, last, high > 0, low);
    }

    /// <summary>Transforms all blocks.</summary>
    internal void Transform(JpegComponent[] components, int precision)
    {
        Span<int> block = stackalloc int[64];
        foreach (JpegComponent c in components)
        {
            for (int y = 0; y < c.BlocksDown; y++)
            {
                for (int x = 0; x < c.BlocksAcross; x++)
                {
                    ReadOnlySpan<short> coefficients = c.CoefficientsOf(x, y);
                    for (int i = 0; i < 64; i++)
                        block[i] = coefficients[i] * c.Table![i];
                    JpegInverseDct.Transform(block, precision, c.Samples.AsSpan((8 * y * c.Stride) + (8 * x)), c.Stride);
                }
            }

            c.Coefficients = [];
        }
    }

    /// <summary>A scan.</summary>
    internal sealed class Pass(int first, int last, bool refines, int low)
    {
        /// <summary>The number of blocks after the present one without further coefficients.</summary>
        private int _empty;

        /// <summary>Begins anew after a restart marker.</summary>
        internal void Restart() => _empty = 0;

        /// <summary>Reads what the scan has of a block.</summary>
        internal void Block(JpegComponent c, Span<short> coefficients, ref JpegBits bits)
        {
            if (first == 0)
                Mean(c, coefficients, ref bits);
            else if (refines)
                Refine(c.Ac!, coefficients, ref bits);
            else
                Begin(c.Ac!, coefficients, ref bits);
        }

        private void Mean(JpegComponent c, Span<short> coefficients, ref JpegBits bits)
        {
            if (refines)
            {
                coefficients[0] |= (short)(bits.Take(1) << low);
                return;
            }

            int size = c.Dc!.Decode(ref bits);
            if (size > 15)
                throw JpegImage.Broken("have a difference of impossible size");
            c.Predictor += bits.Signed(size);
            coefficients[0] = (short)(c.Predictor << low);
        }

        private void Begin(JpegHuffman codes, Span<short> coefficients, ref JpegBits bits)
        {
            if (_empty > 0)
            {
                _empty--;
                return;
            }

            for (int k = first; k <= last; k++)
            {
                int symbol = codes.Decode(ref bits),
                    run = symbol >> 4,
                    size = symbol & 15;
                if (size == 0 && run < 15)
                {
                    _empty = (1 << run) - 1 + bits.Take(run);
                    return;
                }

                k += run;
                if (size == 0)
                    continue;
                if (k > last)
                    throw JpegImage.Broken("have a block of more than 64 coefficients");
                coefficients[JpegZigzag.Places[k]] = (short)(bits.Signed(size) << low);
            }
        }

        /// <summary>One more bit of the coefficients that are not zero, between which new ones of one bit appear (T.81, G.1.2.3).</summary>
        private void Refine(JpegHuffman codes, Span<short> coefficients, ref JpegBits bits)
        {
            int k = first;
            for (; _empty == 0 && k <= last; k++)
            {
                int symbol = codes.Decode(ref bits),
                    run = symbol >> 4,
                    size = symbol & 15,
                    added = 0;
                if (size > 1)
                    throw JpegImage.Broken("have a coefficient of more than one bit in a scan of one");
                if (size == 1)
                    added = bits.Take(1) == 1 ? 1 << low : -1 << low;
                else if (run < 15)
                    _empty = (1 << run) + bits.Take(run);
                if (_empty > 0)
                    break;
                // The new coefficient follows so many that stay zero.
                for (; k <= last; k++)
                {
                    ref short coefficient = ref coefficients[JpegZigzag.Places[k]];
                    if (coefficient != 0)
                        Extend(ref coefficient, ref bits);
                    else if (run-- == 0)
                        break;
                }

                if (added == 0)
                    continue;
                if (k > last)
                    throw JpegImage.Broken("have a block of more than 64 coefficients");
                coefficients[JpegZigzag.Places[k]] = (short)added;
            }

            if (_empty == 0)
                return;
            for (; k <= last; k++)
            {
                ref short coefficient = ref coefficients[JpegZigzag.Places[k]];
                if (coefficient != 0)
                    Extend(ref coefficient, ref bits);
            }

            _empty--;
        }

        private void Extend(ref short coefficient, ref JpegBits bits)
        {
            if (bits.Take(1) == 1 && (coefficient & (1 << low)) == 0)
                coefficient += (short)(coefficient >= 0 ? 1 << low : -1 << low);
        }
    }
}
