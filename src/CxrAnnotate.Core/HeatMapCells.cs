namespace CxrAnnotate;

/// <summary>Makes heat maps of what parts of an image contribute to a subject.</summary>
internal static class HeatMapCells
{
    /// <summary>The smallest contribution, in log-odds, that is told from rounding.</summary>
    private const double Least = 1e-4;

    /// <summary>The map of contributions: what speaks against the subject is 0, the largest contribution is 1.</summary>
    /// <param name="subject">The finding or word.</param>
    /// <param name="rows">Rows of cells.</param>
    /// <param name="columns">Columns of cells.</param>
    /// <param name="contributions">One for each cell, row-major; NaN counts as none.</param>
    internal static HeatMap Map(string subject, int rows, int columns, IReadOnlyList<double> contributions)
    {
        double most = contributions.Where(double.IsFinite).DefaultIfEmpty().Max();
        return new HeatMap(
            subject,
            rows,
            columns,
            [.. contributions.Select(c => most > Least && double.IsFinite(c) ? (float)Math.Clamp(c / most, 0, 1) : 0)]
        );
    }

    /// <summary>The logarithm of the odds of a probability, which is first moved away from 0 and 1, where it has none.</summary>
    internal static double LogOdds(double probability)
    {
        double p = Math.Clamp(probability, 1e-6, 1 - 1e-6);
        return Math.Log(p / (1 - p));
    }

    /// <summary>
    /// Values of another grid, which covers a part of the image, for the cells of a map: interpolated between the centres of the grid's cells, and 0
    /// at cells whose centres lie outside the part.
    /// </summary>
    /// <param name="values">The grid's values, row-major.</param>
    /// <param name="gridRows">Rows of the grid.</param>
    /// <param name="gridColumns">Columns of the grid.</param>
    /// <param name="part">The part of the image that the grid covers, in fractions of its height and width.</param>
    /// <param name="rows">Rows of the map.</param>
    /// <param name="columns">Columns of the map.</param>
    internal static double[] Place(
        IReadOnlyList<double> values,
        int gridRows,
        int gridColumns,
        (double Top, double Left, double Height, double Width) part,
        int rows,
        int columns
    )
    {
        double[] placed = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            double y = (((row + 0.5) / rows) - part.Top) / part.Height;
            for (int column = 0; column < columns; column++)
            {
                double x = (((column + 0.5) / columns) - part.Left) / part.Width;
                if (y is >= 0 and <= 1 && x is >= 0 and <= 1)
                    placed[(row * columns) + column] = At(values, gridRows, gridColumns, y, x);
            }
        }

        return placed;
    }

    /// <summary>The value at a place of a grid, in fractions of its height and width, interpolated between the centres of its cells.</summary>
    internal static double At(IReadOnlyList<double> values, int rows, int columns, double y, double x)
    {
        double down = Math.Clamp((y * rows) - 0.5, 0, rows - 1),
            across = Math.Clamp((x * columns) - 0.5, 0, columns - 1);
        int top = Math.Min((int)down, Math.Max(rows - 2, 0)),
            left = Math.Min((int)across, Math.Max(columns - 2, 0)),
            bottom = Math.Min(top + 1, rows - 1),
            right = Math.Min(left + 1, columns - 1);
        double v = down - top,
            u = across - left;
        return ((1 - v) * (((1 - u) * values[(top * columns) + left]) + (u * values[(top * columns) + right])))
            + (v * (((1 - u) * values[(bottom * columns) + left]) + (u * values[(bottom * columns) + right])));
    }
}
