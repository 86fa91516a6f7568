using System.Numerics.Tensors;

namespace CxrAnnotate;

/// <summary>How alike two radiographs are after one was fitted to the other.</summary>
/// <param name="Correlation">The correlation of their detail, -1 to 1; negative for a negative.</param>
/// <param name="Geometry">Which part of the first the second shows.</param>
internal readonly record struct CopyMatch(float Correlation, CopyGeometry Geometry);

/// <summary>Fits the crop of one thumbnail to another one, so that the correlation of their detail is greatest.</summary>
internal sealed class CopyComparison
{
    /// <summary>The most that a side may lack.</summary>
    internal const float LargestCrop = 0.15f;

    /// <summary>
    /// Correlations below this before any fitting are of unrelated radiographs: a crop that is off by a pixel leaves more of a copy's.
    /// </summary>
    internal const float WorthFitting = 0.3f;

    private const float FirstStep = 1f / 48,
        LastStep = 1f / 400;

    private readonly float[] _image = new float[AuditThumbnail.Compared * AuditThumbnail.Compared];

    /// <summary>Fits a part of the first radiograph to the whole second one.</summary>
    /// <param name="first">The thumbnail of the first.</param>
    /// <param name="detail">The detail of the second: its thumbnail sampled whole, <see cref="AuditThumbnail.Detail"/>.</param>
    /// <param name="start">Where the search begins.</param>
    /// <param name="inverted">Whether one is the negative of the other.</param>
    internal CopyMatch Fit(ReadOnlySpan<byte> first, ReadOnlySpan<float> detail, CopyGeometry start, bool inverted)
    {
        float sign = inverted ? -1 : 1;
        CopyGeometry best = start;
        float highest = sign * Correlate(first, detail, start);
        if (highest < WorthFitting)
            return new(sign * highest, start);
        for (float step = FirstStep; step > LastStep; step /= 2)
        {
            for (bool improved = true; improved;)
            {
                improved = false;
                foreach (CopyGeometry next in Around(best, step))
                {
                    float correlation = sign * Correlate(first, detail, next);
                    if (correlation <= highest + 1e-4f)
                        continue;
                    (highest, best, improved) = (correlation, next, true);
                }
            }
        }

        return new(sign * highest, best);
    }

    /// <summary>The detail of a whole thumbnail.</summary>
    internal static float[] DetailOf(ReadOnlySpan<byte> thumbnail)
    {
        float[] image = new float[AuditThumbnail.Compared * AuditThumbnail.Compared];
        AuditThumbnail.Sample(thumbnail, default, image);
        AuditThumbnail.Detail(image);
        return image;
    }

    private static IEnumerable<CopyGeometry> Around(CopyGeometry g, float step)
    {
        foreach (float d in (float[])[step, -step])
        {
            // All sides together, a shift along each axis, each side by itself.
            CopyGeometry[] moves =
            [
                g with { Left = g.Left + d, Right = g.Right + d, Top = g.Top + d, Bottom = g.Bottom + d },
                g with { Left = g.Left + d, Right = g.Right - d },
                g with { Top = g.Top + d, Bottom = g.Bottom - d },
                g with { Left = g.Left + d },
                g with { Right = g.Right + d },
                g with { Top = g.Top + d },
                g with { Bottom = g.Bottom + d },
            ];
            foreach (CopyGeometry move in moves)
            {
                CopyGeometry inside = move with
                {
                    Left = Math.Clamp(move.Left, 0, LargestCrop),
                    Top = Math.Clamp(move.Top, 0, LargestCrop),
                    Right = Math.Clamp(move.Right, 0, LargestCrop),
                    Bottom = Math.Clamp(move.Bottom, 0, LargestCrop),
                };
                if (inside != g)
                    yield return inside;
            }
        }
    }

    private float Correlate(ReadOnlySpan<byte> first, ReadOnlySpan<float> detail, CopyGeometry geometry)
    {
        AuditThumbnail.Sample(first, geometry, _image);
        AuditThumbnail.Detail(_image);
        return TensorPrimitives.Dot<float>(_image, detail);
    }
}
