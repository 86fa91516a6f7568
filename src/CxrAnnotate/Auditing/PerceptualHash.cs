using System.Numerics.Tensors;

namespace CxrAnnotate;

/// <summary>
/// 64-bit hashes of radiographs by which copies are looked for: the signs of the 64 lowest coefficients of the discrete cosine transform of a 32 x 32
/// thumbnail (Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010), each compared with its median over the data set, not
/// with that of the image. Chest radiographs look alike: with the usual hash most of them share most of their bits. About the set's own medians
/// every bit is 1 for half of the radiographs, so that two unrelated ones differ in about 32.
/// </summary>
internal sealed class PerceptualHash
{
    private const int Bits = 64;
    private const int Side = AuditThumbnail.Compared;
    private const int Frequencies = 11;

    /// <summary>cos(pi / Side * (x + 1/2) * u), [u, x].</summary>
    private static readonly float[] _cosines =
    [
        .. from u in Enumerable.Range(0, Frequencies)
        from x in Enumerable.Range(0, Side)
        select (float)Math.Cos(Math.PI / Side * (x + 0.5) * u),
    ];

    /// <summary>The lowest frequencies (down, across) without the mean, by their sum.</summary>
    private static readonly (int V, int U)[] _order =
    [
        .. Enumerable
            .Range(0, Frequencies)
            .SelectMany(v => Enumerable.Range(0, Frequencies).Select(u => (V: v, U: u)))
            .Where(at => at.U + at.V > 0)
            .OrderBy(at => at.U + at.V)
            .ThenBy(at => at.V)
            .Take(Bits),
    ];

    private readonly float[] _medians;

    private PerceptualHash(float[] medians) => _medians = medians;

    /// <summary>The hash about the medians of some radiographs.</summary>
    /// <param name="thumbnails">Thumbnails of the set; a sample of a few thousand is enough.</param>
    internal static PerceptualHash Of(IReadOnlyList<byte[]> thumbnails)
    {
        float[][] all = new float[thumbnails.Count][];
        Parallel.For(0, all.Length, i => all[i] = Coefficients(thumbnails[i], default));
        float[] medians = new float[Bits],
            values = new float[all.Length];
        for (int bit = 0; bit < Bits && all.Length > 0; bit++)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = all[i][bit];
            Array.Sort(values);
            medians[bit] = (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
        }

        return new PerceptualHash(medians);
    }

    /// <summary>The hash of a thumbnail, or of a part of it.</summary>
    /// <param name="thumbnail">The thumbnail.</param>
    /// <param name="geometry">The part, mirrored or not.</param>
    /// <param name="inverted">Whether black and white are swapped.</param>
    internal ulong Compute(ReadOnlySpan<byte> thumbnail, CopyGeometry geometry, bool inverted = false)
    {
        float[] coefficients = Coefficients(thumbnail, geometry);
        ulong hash = 0;
        for (int bit = 0; bit < Bits; bit++)
        {
            if ((inverted ? -coefficients[bit] : coefficients[bit]) > _medians[bit])
                hash |= 1UL << bit;
        }

        return hash;
    }

    private static float[] Coefficients(ReadOnlySpan<byte> thumbnail, CopyGeometry geometry)
    {
        Span<float> image = stackalloc float[Side * Side],
            rows = stackalloc float[Side * Frequencies];
        AuditThumbnail.Sample(thumbnail, geometry, image);
        AuditThumbnail.Normalize(image);
        for (int y = 0; y < Side; y++)
        {
            for (int u = 0; u < Frequencies; u++)
                rows[(u * Side) + y] = TensorPrimitives.Dot<float>(image.Slice(y * Side, Side), _cosines.AsSpan(u * Side, Side));
        }

        float[] result = new float[Bits];
        for (int i = 0; i < Bits; i++)
            result[i] = TensorPrimitives.Dot<float>(rows.Slice(_order[i].U * Side, Side), _cosines.AsSpan(_order[i].V * Side, Side));
        return result;
    }
}
