namespace CxrAnnotate;

/// <summary>
/// Takes the detail out of parts of an image: a cell of a grid is replaced by the mean of what surrounds it, so that neither its content remains nor
/// a patch that no radiograph has. The replacement fades out over half a cell around the cell, since a sharp border would be content of its own
/// (Zeiler and Fergus, ECCV 2014, occlude by grey squares; Fong and Vedaldi, ICCV 2017, by blur).
/// </summary>
internal sealed class Occlusion
{
    private readonly float[] _image;
    private readonly float[] _surroundings;
    private readonly float[][] _down;
    private readonly float[][] _across;

    /// <param name="image">Grey values, row-major.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="rows">Rows of cells, 1 or more.</param>
    /// <param name="columns">Columns of cells, 1 or more.</param>
    internal Occlusion(ReadOnlySpan<float> image, int height, int width, int rows, int columns)
    {
        (Rows, Columns, Height, Width) = (rows, columns, height, width);
        _image = image.ToArray();
        // As wide as four cells: twice what a cell's replacement reaches.
        _surroundings = Means(_image, height, width, Math.Max(1, 2 * height / rows), Math.Max(1, 2 * width / columns));
        _down = Cover(height, rows);
        _across = Cover(width, columns);
    }

    internal int Rows { get; }

    internal int Columns { get; }

    internal int Height { get; }

    internal int Width { get; }

    /// <summary>The number of cells.</summary>
    internal int Count => Rows * Columns;

    /// <summary>Copies the image without the detail of one cell.</summary>
    internal void Copy(int cell, Span<float> to)
    {
        _image.CopyTo(to);
        (float[] down, float[] across) = (_down[cell / Columns], _across[cell % Columns]);
        for (int y = 0; y < Height; y++)
        {
            if (down[y] == 0)
                continue;
            for (int x = 0; x < Width; x++)
                Fade(to, (y * Width) + x, down[y] * across[x]);
        }
    }

    /// <summary>Copies the image without the detail of several cells.</summary>
    internal void Copy(ReadOnlySpan<bool> cells, Span<float> to)
    {
        _image.CopyTo(to);
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                float weight = 0;
                for (int cell = 0; cell < cells.Length; cell++)
                {
                    if (cells[cell])
                        weight = Math.Max(weight, _down[cell / Columns][y] * _across[cell % Columns][x]);
                }

                Fade(to, (y * Width) + x, weight);
            }
        }
    }

    private void Fade(Span<float> to, int at, float weight) => to[at] += weight * (_surroundings[at] - _image[at]);

    /// <summary>For each cell of an axis its weight at each pixel: 1 in the cell, falling to 0 half a cell beside it.</summary>
    private static float[][] Cover(int pixels, int cells) =>
        [
            .. Enumerable
                .Range(0, cells)
                .Select(cell =>
                    Enumerable
                        .Range(0, pixels)
                        .Select(pixel =>
                        {
                            double beside = Math.Abs(((pixel + 0.5) * cells / pixels) - (cell + 0.5)) - 0.5;
                            return (float)Math.Clamp(1 - (2 * beside), 0, 1);
                        })
                        .ToArray()
                ),
        ];

    /// <summary>The mean around each pixel, over a rectangle that the image's borders cut.</summary>
    private static float[] Means(float[] image, int height, int width, int reachDown, int reachAcross)
    {
        double[] sums = new double[(height + 1) * (width + 1)];
        for (int y = 0; y < height; y++)
        {
            double row = 0;
            for (int x = 0; x < width; x++)
            {
                row += image[(y * width) + x];
                sums[((y + 1) * (width + 1)) + x + 1] = sums[(y * (width + 1)) + x + 1] + row;
            }
        }

        float[] means = new float[image.Length];
        for (int y = 0; y < height; y++)
        {
            int top = Math.Max(y - reachDown, 0) * (width + 1),
                bottom = Math.Min(y + reachDown + 1, height) * (width + 1);
            for (int x = 0; x < width; x++)
            {
                int left = Math.Max(x - reachAcross, 0),
                    right = Math.Min(x + reachAcross + 1, width);
                double sum = sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
                means[(y * width) + x] = (float)(sum / ((bottom - top) / (width + 1) * (right - left)));
            }
        }

        return means;
    }
}
