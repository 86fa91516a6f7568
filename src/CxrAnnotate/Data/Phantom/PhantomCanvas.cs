using System.Numerics;

namespace CxrAnnotate;

/// <summary>The brightness profile across a stroke or disc.</summary>
internal enum PhantomProfile
{
    /// <summary>Even, with an edge of one pixel.</summary>
    Flat,

    /// <summary>Brighter at the rim, like the cortex of a bone.</summary>
    Cortical,

    /// <summary>Thickest in the middle, like a ball or a vessel.</summary>
    Round,

    /// <summary>Fades smoothly to nothing.</summary>
    Soft,
}

/// <summary>
/// Square planes of attenuation and the primitives that draw on them. Coordinates of the body are -1 ... 1 across the film (x to the image's right, y
/// down); the pose rotates, scales and shifts them to pixels. A canvas is reused from study to study by one thread at a time.
/// </summary>
internal sealed class PhantomCanvas
{
    /// <summary>The least attenuation that counts as seen.</summary>
    internal const float Visible = 0.01f;

    private readonly float[] _scratch;
    private readonly float[] _temporary;
    private readonly int[] _crossingSign = new int[64];
    private readonly float[] _crossing = new float[64];
    private float _centerX,
        _centerY,
        _cos,
        _sin;
    private int _boxLeft,
        _boxTop,
        _boxRight,
        _boxBottom;

    internal PhantomCanvas(int size)
    {
        Size = size;
        Film = new float[size * size];
        LungRight = new float[size * size];
        LungLeft = new float[size * size];
        Heart = new float[size * size];
        _scratch = new float[size * size];
        _temporary = new float[size * size];
    }

    internal int Size { get; }

    /// <summary>Attenuation along each ray: about 0 outside the body, 0.25 in lung, 0.6 in soft tissue, up to 1.2 in metal.</summary>
    internal float[] Film { get; }

    /// <summary>Share of air-filled lung on the patient's right at each pixel, 0 ... 1.</summary>
    internal float[] LungRight { get; }

    /// <summary>Share of air-filled lung on the patient's left at each pixel, 0 ... 1. On a lateral film both lungs are here.</summary>
    internal float[] LungLeft { get; }

    /// <summary>A mask for shapes that cover the lung, such as the heart; overwritten by <see cref="Fill"/>.</summary>
    internal float[] Heart { get; }

    /// <summary>Pixels per body unit.</summary>
    internal float Scale { get; private set; }

    internal void Begin(float shiftX, float shiftY, float scale, float degrees)
    {
        Array.Clear(Film);
        Array.Clear(LungRight);
        Array.Clear(LungLeft);
        Array.Clear(Heart);
        Scale = Size * 0.5f * scale;
        _centerX = Size * 0.5f * (1 + shiftX);
        _centerY = Size * 0.5f * (1 + shiftY);
        (_sin, _cos) = MathF.SinCos(degrees * MathF.PI / 180);
    }

    internal Vector2 ToPixel(Vector2 body) =>
        new(_centerX + Scale * (_cos * body.X - _sin * body.Y), _centerY + Scale * (_sin * body.X + _cos * body.Y));

    /// <summary>Starts measuring what the following primitives cover.</summary>
    internal void StartRegion() => (_boxLeft, _boxTop, _boxRight, _boxBottom) = (Size, Size, -1, -1);

    /// <summary>The box of everything drawn since <see cref="StartRegion"/>; null if all of it is outside the film.</summary>
    internal PhantomRegion? EndRegion(string term) =>
        _boxRight < _boxLeft || _boxBottom < _boxTop
            ? null
            : new PhantomRegion(term, _boxLeft, _boxTop, _boxRight - _boxLeft + 1, _boxBottom - _boxTop + 1);

    /// <summary>Adds an area to the region without drawing, for a shape that changed.</summary>
    internal void Cover(ReadOnlySpan<Vector2> body)
    {
        foreach (Vector2 point in body)
        {
            Vector2 pixel = ToPixel(point);
            Touch((int)pixel.X, (int)pixel.Y, (int)pixel.X, (int)pixel.Y);
        }
    }

    /// <summary>A smooth closed curve through the points, as a polygon.</summary>
    internal static Vector2[] Closed(ReadOnlySpan<Vector2> points, int steps = 6) => Spline(points, steps, closed: true);

    /// <summary>A smooth open curve through the points, as a polyline.</summary>
    internal static Vector2[] Open(ReadOnlySpan<Vector2> points, int steps = 6) => Spline(points, steps, closed: false);

    /// <summary>Adds an even area bounded by a polygon in body coordinates.</summary>
    internal void Polygon(float[] target, ReadOnlySpan<Vector2> body, float amount)
    {
        Span<Vector2> points = stackalloc Vector2[body.Length];
        float top = float.MaxValue,
            bottom = float.MinValue,
            left = float.MaxValue,
            right = float.MinValue;
        for (int i = 0; i < body.Length; i++)
        {
            points[i] = ToPixel(body[i]);
            top = MathF.Min(top, points[i].Y);
            bottom = MathF.Max(bottom, points[i].Y);
            left = MathF.Min(left, points[i].X);
            right = MathF.Max(right, points[i].X);
        }
        int firstRow = Math.Max(0, (int)top),
            lastRow = Math.Min(Size - 1, (int)bottom);
        if (firstRow > lastRow || right < 0 || left >= Size)
            return;
        Touch((int)left, firstRow, (int)right, lastRow);
        const int SubRows = 4;
        for (int row = firstRow; row <= lastRow; row++)
            for (int sub = 0; sub < SubRows; sub++)
            {
                float y = row + (sub + 0.5f) / SubRows;
                int count = 0;
                Vector2 from = points[^1];
                foreach (Vector2 to in points)
                {
                    if (from.Y <= y != to.Y <= y && count < _crossing.Length)
                    {
                        float x = from.X + (y - from.Y) / (to.Y - from.Y) * (to.X - from.X);
                        int sign = from.Y <= y ? 1 : -1;
                        int at = count++;
                        for (; at > 0 && _crossing[at - 1] > x; at--)
                            (_crossing[at], _crossingSign[at]) = (_crossing[at - 1], _crossingSign[at - 1]);
                        (_crossing[at], _crossingSign[at]) = (x, sign);
                    }
                    from = to;
                }
                // Nonzero winding: a smooth outline may cross itself where a spline overshoots.
                for (int i = 0, winding = 0; i < count - 1; i++)
                {
                    winding += _crossingSign[i];
                    if (winding != 0)
                        AddSpan(target, row, _crossing[i], _crossing[i + 1], amount / SubRows);
                }
            }
    }

    /// <summary>Adds a band along a polyline in body coordinates. Overlapping parts of one band are not added twice.</summary>
    internal void Stroke(
        float[] target,
        ReadOnlySpan<Vector2> body,
        float startWidth,
        float endWidth,
        float startAmount,
        float endAmount,
        PhantomProfile profile,
        float[]? clip = null,
        float[]? clipToo = null
    )
    {
        int left = Size,
            top = Size,
            right = -1,
            bottom = -1;
        Vector2 from = ToPixel(body[0]);
        for (int i = 1; i < body.Length; i++)
        {
            Vector2 to = ToPixel(body[i]);
            float t0 = (i - 1f) / (body.Length - 1),
                t1 = (float)i / (body.Length - 1);
            float w0 = Scale * (startWidth + (endWidth - startWidth) * t0),
                w1 = Scale * (startWidth + (endWidth - startWidth) * t1);
            float a0 = startAmount + (endAmount - startAmount) * t0,
                a1 = startAmount + (endAmount - startAmount) * t1;
            float reach = MathF.Max(w0, w1) + 1;
            int x0 = Math.Max(0, (int)(MathF.Min(from.X, to.X) - reach)),
                x1 = Math.Min(Size - 1, (int)(MathF.Max(from.X, to.X) + reach));
            int y0 = Math.Max(0, (int)(MathF.Min(from.Y, to.Y) - reach)),
                y1 = Math.Min(Size - 1, (int)(MathF.Max(from.Y, to.Y) + reach));
            Vector2 along = to - from;
            float inverse = 1 / MathF.Max(along.LengthSquared(), 1e-6f);
            for (int y = y0; y <= y1; y++)
                for (int x = x0; x <= x1; x++)
                {
                    Vector2 offset = new(x + 0.5f - from.X, y + 0.5f - from.Y);
                    float t = Math.Clamp(Vector2.Dot(offset, along) * inverse, 0, 1);
                    float width = w0 + (w1 - w0) * t;
                    float squared = (offset - t * along).LengthSquared();
                    if (squared >= (width + 0.5f) * (width + 0.5f))
                        continue;
                    float value = (a0 + (a1 - a0) * t) * Shape(MathF.Sqrt(squared), width, profile);
                    ref float held = ref _scratch[y * Size + x];
                    if (MathF.Abs(value) > MathF.Abs(held))
                        held = value;
                }
            if (x0 <= x1 && y0 <= y1)
                (left, top, right, bottom) = (Math.Min(left, x0), Math.Min(top, y0), Math.Max(right, x1), Math.Max(bottom, y1));
            from = to;
        }
        Pour(target, left, top, right, bottom, clip, clipToo);
    }

    /// <summary>Adds an ellipse. A modulation of 0 ... 1 by <paramref name="texture"/> makes it patchy.</summary>
    internal void Ellipse(
        float[] target,
        Vector2 body,
        float radiusX,
        float radiusY,
        float degrees,
        float amount,
        PhantomProfile profile,
        float[]? clip = null,
        float[]? clipToo = null,
        SmoothField? texture = null,
        float patchiness = 0
    )
    {
        Vector2 center = ToPixel(body);
        float rx = MathF.Max(Scale * radiusX, 0.7f),
            ry = MathF.Max(Scale * radiusY, 0.7f),
            reach = MathF.Max(rx, ry) + 1;
        (float s, float c) = MathF.SinCos(degrees * MathF.PI / 180);
        (s, c) = (s * _cos + c * _sin, c * _cos - s * _sin);
        int x0 = Math.Max(0, (int)(center.X - reach)),
            x1 = Math.Min(Size - 1, (int)(center.X + reach));
        int y0 = Math.Max(0, (int)(center.Y - reach)),
            y1 = Math.Min(Size - 1, (int)(center.Y + reach));
        float mean = (rx + ry) * 0.5f;
        for (int y = y0; y <= y1; y++)
            for (int x = x0; x <= x1; x++)
            {
                float dx = x + 0.5f - center.X,
                    dy = y + 0.5f - center.Y;
                float u = (c * dx + s * dy) / rx,
                    v = (c * dy - s * dx) / ry;
                float distance = MathF.Sqrt(u * u + v * v);
                if (texture is not null)
                {
                    float noise = texture.At((x + 0.5f) / Size, (y + 0.5f) / Size);
                    distance *= 1 + 0.35f * noise;
                    float shape = Shape(distance * mean, mean, profile);
                    _scratch[y * Size + x] = amount * shape * (1 - patchiness + patchiness * Math.Clamp(0.55f + 1.5f * noise, 0, 1.5f));
                }
                else
                    _scratch[y * Size + x] = amount * Shape(distance * mean, mean, profile);
            }
        Pour(target, x0, y0, x1, y1, clip, clipToo);
    }

    /// <summary>Adds an area with a soft edge to the film, weighted by a mask; the region is the covered part of the mask.</summary>
    internal void Fill(ReadOnlySpan<Vector2> body, float amount, float[] clip, float softness)
    {
        (int, int, int, int) box = (_boxLeft, _boxTop, _boxRight, _boxBottom);
        Array.Clear(Heart);
        Polygon(Heart, body, 1);
        Blur(Heart, softness);
        (_boxLeft, _boxTop, _boxRight, _boxBottom) = box;
        for (int i = 0; i < Heart.Length; i++)
            _scratch[i] = amount * Heart[i];
        Pour(Film, 0, 0, Size - 1, Size - 1, clip, null);
    }

    /// <summary>Three box filters in each direction: nearly a Gaussian with the given standard deviation in body units.</summary>
    internal void Blur(float[] plane, float deviation)
    {
        float sigma = deviation * Scale;
        int radius = Math.Max(0, (int)MathF.Round((MathF.Sqrt(4 * sigma * sigma + 1) - 1) * 0.5f));
        if (radius == 0)
        {
            Soften(plane, Math.Clamp(sigma * sigma * 0.5f, 0, 0.3f));
            return;
        }
        for (int pass = 0; pass < 3; pass++)
        {
            BoxRows(plane, _temporary, radius);
            BoxColumns(_temporary, plane, radius);
        }
    }

    /// <summary>Converts attenuation to 8-bit grey: exposure, uneven exposure, film and quantum noise, tone curve, collimation.</summary>
    internal byte[] Develop(PhantomRandom random, double noiseLevel)
    {
        float gain = random.Range(0.90f, 1.12f),
            offset = random.Range(-0.045f, 0.045f),
            gamma = random.Range(0.85f, 1.22f),
            steepness = random.Range(0.15f, 0.65f);
        float tiltX = random.Range(-0.05f, 0.05f),
            tiltY = random.Range(-0.06f, 0.06f),
            vignette = random.Range(-0.05f, 0.03f);
        float quantum = random.Range(0.010f, 0.026f) * (float)noiseLevel * MathF.Min(1, MathF.Sqrt(Size / 200f)),
            mottle = random.Range(0.008f, 0.02f) * (float)noiseLevel;
        SmoothField coarse = new(5, random),
            fine = new(26, random);
        Blur(Film, random.Range(0.0035f, 0.0065f));

        const int Levels = 2048;
        Span<float> tone = stackalloc float[Levels];
        for (int i = 0; i < Levels; i++)
        {
            float z = Math.Clamp((-0.2f + 1.7f * i / (Levels - 1)) / 1.02f, 0, 1);
            z = MathF.Pow(z, gamma);
            tone[i] = 255 * (z + steepness * (z * z * (3 - 2 * z) - z));
        }

        bool collimated = random.Chance(0.35);
        float edge = collimated ? 0.055f * Size : 0;
        float left = random.Range(-0.5f, 1) * edge,
            right = Size - random.Range(-0.5f, 1) * edge,
            top = random.Range(-0.5f, 1) * edge,
            bottom = Size - random.Range(-0.5f, 1) * edge;
        byte[] pixels = new byte[Size * Size];
        float previous = 0;
        for (int y = 0, at = 0; y < Size; y++)
        {
            float v = 2f * y / Size - 1;
            for (int x = 0; x < Size; x++, at++)
            {
                float u = 2f * x / Size - 1;
                float grain = random.Gauss();
                float noise = quantum * (0.8f * grain + 0.45f * previous);
                previous = grain;
                float value =
                    Film[at] * gain
                    + offset
                    + tiltX * u
                    + tiltY * v
                    + vignette * (u * u + v * v)
                    + mottle * (coarse.At(0.5f * u + 0.5f, 0.5f * v + 0.5f) * 2 + fine.At(0.5f * u + 0.5f, 0.5f * v + 0.5f))
                    + noise;
                float level = tone[Math.Clamp((int)((value + 0.2f) * ((Levels - 1) / 1.7f)), 0, Levels - 1)];
                if (collimated)
                    level *= Math.Clamp(x - left, 0, 1) * Math.Clamp(right - x, 0, 1) * Math.Clamp(y - top, 0, 1) * Math.Clamp(bottom - y, 0, 1);
                pixels[at] = (byte)(level + 0.5f);
            }
        }
        return pixels;
    }

    private static float Shape(float distance, float width, PhantomProfile profile)
    {
        // A stroke thinner than a pixel keeps its total brightness.
        float cover = Math.Clamp(width + 0.5f - distance, 0, 1) * MathF.Min(1, 2 * width);
        if (cover == 0)
            return 0;
        float r = MathF.Min(1, distance / width),
            rest = 1 - r * r;
        return profile switch
        {
            PhantomProfile.Cortical => cover * (0.62f + 0.38f * r * r),
            PhantomProfile.Round => cover * (0.35f + 0.65f * rest),
            PhantomProfile.Soft => rest * rest * (1 + 0.8f * r * r),
            _ => cover,
        };
    }

    private void Pour(float[] target, int left, int top, int right, int bottom, float[]? clip, float[]? clipToo)
    {
        if (right < left || bottom < top)
            return;
        bool any = false;
        int minX = right,
            maxX = left,
            minY = bottom,
            maxY = top;
        for (int y = top; y <= bottom; y++)
            for (int at = y * Size + left, end = y * Size + right; at <= end; at++)
            {
                float value = _scratch[at];
                if (value == 0)
                    continue;
                _scratch[at] = 0;
                if (clip is not null)
                    value *= MathF.Min(1, clipToo is null ? clip[at] : clip[at] + clipToo[at]);
                target[at] += value;
                if (MathF.Abs(value) < Visible)
                    continue;
                any = true;
                int x = at - y * Size;
                (minX, maxX, minY, maxY) = (Math.Min(minX, x), Math.Max(maxX, x), Math.Min(minY, y), Math.Max(maxY, y));
            }
        if (any)
            Touch(minX, minY, maxX, maxY);
    }

    private void Touch(int left, int top, int right, int bottom)
    {
        left = Math.Max(left, 0);
        top = Math.Max(top, 0);
        right = Math.Min(right, Size - 1);
        bottom = Math.Min(bottom, Size - 1);
        if (right < left || bottom < top)
            return;
        (_boxLeft, _boxTop, _boxRight, _boxBottom) = (
            Math.Min(_boxLeft, left),
            Math.Min(_boxTop, top),
            Math.Max(_boxRight, right),
            Math.Max(_boxBottom, bottom)
        );
    }

    private void AddSpan(float[] target, int row, float from, float to, float amount)
    {
        from = MathF.Max(from, 0);
        to = MathF.Min(to, Size);
        if (to <= from)
            return;
        int first = (int)from,
            last = Math.Min((int)to, Size - 1),
            at = row * Size;
        if (first == last)
        {
            target[at + first] += amount * (to - from);
            return;
        }
        target[at + first] += amount * (first + 1 - from);
        Span<float> inner = target.AsSpan(at + first + 1, last - first - 1);
        for (int i = 0; i < inner.Length; i++)
            inner[i] += amount;
        target[at + last] += amount * (to - last);
    }

    private static Vector2[] Spline(ReadOnlySpan<Vector2> points, int steps, bool closed)
    {
        int spans = closed ? points.Length : points.Length - 1;
        Vector2[] curve = new Vector2[spans * steps + (closed ? 0 : 1)];
        int count = points.Length,
            made = 0;
        for (int i = 0; i < spans; i++)
        {
            Vector2 b = points[i],
                c = points[(i + 1) % count];
            Vector2 a = closed ? points[(i + count - 1) % count] : points[Math.Max(i - 1, 0)];
            Vector2 d = closed ? points[(i + 2) % count] : points[Math.Min(i + 2, count - 1)];
            for (int step = 0; step < steps; step++)
            {
                float t = (float)step / steps;
                curve[made++] = 0.5f * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * b - a - 3 * c + d))));
            }
        }
        if (!closed)
            curve[made] = points[^1];
        return curve;
    }

    private void Soften(float[] plane, float share)
    {
        if (share < 0.01f)
            return;
        float keep = 1 - 2 * share;
        for (int y = 0; y < Size; y++)
        {
            int at = y * Size;
            for (int x = 0; x < Size; x++)
                _temporary[at + x] = keep * plane[at + x] + share * (plane[at + Math.Max(x - 1, 0)] + plane[at + Math.Min(x + 1, Size - 1)]);
        }
        for (int y = 0; y < Size; y++)
        {
            int at = y * Size,
                above = Math.Max(y - 1, 0) * Size,
                below = Math.Min(y + 1, Size - 1) * Size;
            for (int x = 0; x < Size; x++)
                plane[at + x] = keep * _temporary[at + x] + share * (_temporary[above + x] + _temporary[below + x]);
        }
    }

    private void BoxRows(float[] source, float[] target, int radius)
    {
        float scale = 1f / (2 * radius + 1);
        for (int y = 0; y < Size; y++)
        {
            ReadOnlySpan<float> row = source.AsSpan(y * Size, Size);
            Span<float> smooth = target.AsSpan(y * Size, Size);
            float sum = row[0] * (radius + 1);
            for (int i = 1; i <= radius; i++)
                sum += row[Math.Min(i, Size - 1)];
            for (int x = 0; x < Size; x++)
            {
                smooth[x] = sum * scale;
                sum += row[Math.Min(x + radius + 1, Size - 1)] - row[Math.Max(x - radius, 0)];
            }
        }
    }

    private void BoxColumns(float[] source, float[] target, int radius)
    {
        float scale = 1f / (2 * radius + 1);
        Span<float> sums = stackalloc float[Size];
        for (int x = 0; x < Size; x++)
            sums[x] = source[x] * (radius + 1);
        for (int i = 1; i <= radius; i++)
        {
            ReadOnlySpan<float> row = source.AsSpan(Math.Min(i, Size - 1) * Size, Size);
            for (int x = 0; x < row.Length; x++)
                sums[x] += row[x];
        }
        for (int y = 0; y < Size; y++)
        {
            ReadOnlySpan<float> enters = source.AsSpan(Math.Min(y + radius + 1, Size - 1) * Size, Size);
            ReadOnlySpan<float> leaves = source.AsSpan(Math.Max(y - radius, 0) * Size, Size);
            Span<float> smooth = target.AsSpan(y * Size, Size);
            for (int x = 0; x < smooth.Length; x++)
            {
                smooth[x] = sums[x] * scale;
                sums[x] += enters[x] - leaves[x];
            }
        }
    }
}
