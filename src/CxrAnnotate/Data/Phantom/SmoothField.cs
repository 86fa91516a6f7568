namespace CxrAnnotate;

/// <summary>Random values of about -1 ... 1 on a grid, smoothly interpolated.</summary>
internal sealed class SmoothField
{
    private readonly float[] values;
    private readonly int cells;

    internal SmoothField(int cells, PhantomRandom random)
    {
        this.cells = cells;
        values = new float[(cells + 1) * (cells + 1)];
        for (int i = 0; i < values.Length; i++)
            values[i] = random.Gauss() * 0.6f;
    }

    /// <summary>The field at a point of the unit square; outside it the border's values go on.</summary>
    internal float At(float x, float y)
    {
        float gx = Math.Clamp(x, 0, 0.99999f) * cells, gy = Math.Clamp(y, 0, 0.99999f) * cells;
        int ix = (int)gx, iy = (int)gy;
        float fx = gx - ix, fy = gy - iy;
        fx *= fx * (3 - 2 * fx);
        fy *= fy * (3 - 2 * fy);
        int at = iy * (cells + 1) + ix;
        float above = values[at] + (values[at + 1] - values[at]) * fx;
        float below = values[at + cells + 1] + (values[at + cells + 2] - values[at + cells + 1]) * fx;
        return above + (below - above) * fy;
    }
}
