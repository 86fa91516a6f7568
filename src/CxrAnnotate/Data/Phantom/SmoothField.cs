namespace CxrAnnotate;

/// <summary>Random values of about -1 ... 1 on a grid, smoothly interpolated.</summary>
internal sealed class SmoothField
{
    private readonly float[] _values;
    private readonly int _cells;

    internal SmoothField(int cells, PhantomRandom random)
    {
        _cells = cells;
        _values = new float[(cells + 1) * (cells + 1)];
        for (int i = 0; i < _values.Length; i++)
            _values[i] = random.Gauss() * 0.6f;
    }

    /// <summary>The field at a point of the unit square; outside it the border's values continue.</summary>
    internal float At(float x, float y)
    {
        float gx = Math.Clamp(x, 0, 0.99999f) * _cells,
            gy = Math.Clamp(y, 0, 0.99999f) * _cells;
        int ix = (int)gx,
            iy = (int)gy;
        float fx = gx - ix,
            fy = gy - iy;
        fx *= fx * (3 - 2 * fx);
        fy *= fy * (3 - 2 * fy);
        int at = iy * (_cells + 1) + ix;
        float above = _values[at] + (_values[at + 1] - _values[at]) * fx;
        float below = _values[at + _cells + 1] + (_values[at + _cells + 2] - _values[at + _cells + 1]) * fx;
        return above + (below - above) * fy;
    }
}
