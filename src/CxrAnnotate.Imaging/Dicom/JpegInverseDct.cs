namespace CxrAnnotate;

/// <summary>
/// The inverse discrete cosine transform in integers, after Loeffler, Ligtenberg and Moschytz (ICASSP 1989), with eleven multiplications a row:
/// constants of 13 bits, as the Independent JPEG Group's library computes it. Other arithmetic is as good but differs in the last bit; this one gives
/// the values of DICOM toolkits.
/// </summary>
internal static class JpegInverseDct
{
    private const int ConstantBits = 13;

    private const long F0298631336 = 2446,
        F0390180644 = 3196,
        F0541196100 = 4433,
        F0765366865 = 6270,
        F0899976223 = 7373,
        F1175875602 = 9633;
    private const long F1501321110 = 12299,
        F1847759065 = 15137,
        F1961570560 = 16069,
        F2053119869 = 16819,
        F2562915447 = 20995,
        F3072711026 = 25172;

    /// <param name="block">64 dequantized coefficients, row-major; overwritten.</param>
    /// <param name="precision">Bits of a sample, 8 or 12.</param>
    /// <param name="samples">Where the block's upper left sample goes.</param>
    /// <param name="stride">Samples from one row to the next.</param>
    internal static void Transform(Span<int> block, int precision, Span<ushort> samples, int stride)
    {
        // Samples of 12 bits leave room for fewer fractional bits between the passes.
        int between = precision == 8 ? 2 : 1;
        for (int column = 0; column < 8; column++)
            Pass(block, column, 8, ConstantBits - between);
        int middle = 1 << (precision - 1),
            largest = (1 << precision) - 1;
        for (int row = 0; row < 8; row++)
        {
            Pass(block, row * 8, 1, ConstantBits + between + 3);
            for (int x = 0; x < 8; x++)
                samples[(row * stride) + x] = (ushort)Math.Clamp(block[(row * 8) + x] + middle, 0, largest);
        }
    }

    private static void Pass(Span<int> block, int at, int step, int shift)
    {
        long z2 = block[at + (2 * step)],
            z3 = block[at + (6 * step)];
        long z1 = (z2 + z3) * F0541196100;
        long even2 = z1 - (z3 * F1847759065),
            even3 = z1 + (z2 * F0765366865);
        z2 = block[at];
        z3 = block[at + (4 * step)];
        long even0 = (z2 + z3) << ConstantBits,
            even1 = (z2 - z3) << ConstantBits;
        long a0 = even0 + even3,
            a3 = even0 - even3,
            a1 = even1 + even2,
            a2 = even1 - even2;

        long odd0 = block[at + (7 * step)],
            odd1 = block[at + (5 * step)],
            odd2 = block[at + (3 * step)],
            odd3 = block[at + step];
        z1 = odd0 + odd3;
        z2 = odd1 + odd2;
        z3 = odd0 + odd2;
        long z4 = odd1 + odd3,
            z5 = (z3 + z4) * F1175875602;
        odd0 *= F0298631336;
        odd1 *= F2053119869;
        odd2 *= F3072711026;
        odd3 *= F1501321110;
        z1 *= -F0899976223;
        z2 *= -F2562915447;
        z3 = (z3 * -F1961570560) + z5;
        z4 = (z4 * -F0390180644) + z5;
        odd0 += z1 + z3;
        odd1 += z2 + z4;
        odd2 += z2 + z3;
        odd3 += z1 + z4;

        long half = 1L << (shift - 1);
        block[at] = (int)((a0 + odd3 + half) >> shift);
        block[at + (7 * step)] = (int)((a0 - odd3 + half) >> shift);
        block[at + step] = (int)((a1 + odd2 + half) >> shift);
        block[at + (6 * step)] = (int)((a1 - odd2 + half) >> shift);
        block[at + (2 * step)] = (int)((a2 + odd1 + half) >> shift);
        block[at + (5 * step)] = (int)((a2 - odd1 + half) >> shift);
        block[at + (3 * step)] = (int)((a3 + odd0 + half) >> shift);
        block[at + (4 * step)] = (int)((a3 - odd0 + half) >> shift);
    }
}
