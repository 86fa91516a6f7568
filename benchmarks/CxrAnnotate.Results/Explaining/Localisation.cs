namespace CxrAnnotate.Results.Explaining;

/// <summary>Compares a heat map, or what stands for one, with the truth. No threshold depends on the truth.</summary>
internal static class Localisation
{
    /// <summary>The share of the cells that the overlap and the masking test take.</summary>
    internal const double Top = 0.1;

    /// <summary>The peak, in fractions of height and width: the middle of the warmest cells; null if the map is 0 everywhere.</summary>
    internal static (double Y, double X)? Peak(HeatMap map)
    {
        float most = map.Values.Max();
        if (most == 0)
            return null;
        int[] warmest = [.. Enumerable.Range(0, map.Values.Count).Where(cell => map.Values[cell] == most)];
        return (
            warmest.Average(cell => ((cell / map.Columns) + 0.5) / map.Rows),
            warmest.Average(cell => ((cell % map.Columns) + 0.5) / map.Columns)
        );
    }

    /// <summary>The pointing game (Zhang et al., ECCV 2016): whether the truth has a pixel within half a cell of the peak.</summary>
    internal static bool Hits(Truth truth, (double Y, double X)? peak, int rows, int columns)
    {
        if (peak is not { } at)
            return false;
        for (int pixel = 0; pixel < truth.Mask.Length; pixel++)
        {
            if (
                truth.Mask[pixel]
                && Math.Abs((((pixel / truth.Side) + 0.5) / truth.Side) - at.Y) <= 0.5 / rows
                && Math.Abs((((pixel % truth.Side) + 0.5) / truth.Side) - at.X) <= 0.5 / columns
            )
                return true;
        }

        return false;
    }

    /// <summary>The warmest tenth of the cells; cells of 0 are not among them.</summary>
    internal static bool[] Warmest(HeatMap map)
    {
        bool[] chosen = new bool[map.Values.Count];
        foreach (int cell in Enumerable.Range(0, chosen.Length).OrderByDescending(cell => map.Values[cell]).Take(Tenth(chosen.Length)))
            chosen[cell] = map.Values[cell] > 0;
        return chosen;
    }

    /// <summary>The cells that are at least half as warm as the warmest.</summary>
    internal static bool[] HalfWarm(HeatMap map) => [.. map.Values.Select(value => value >= 0.5f)];

    /// <summary>The tenth of the cells that is nearest to the middle of the image.</summary>
    internal static bool[] Central(int rows, int columns)
    {
        bool[] chosen = new bool[rows * columns];
        foreach (int cell in Enumerable.Range(0, chosen.Length).OrderBy(FromMiddle).Take(Tenth(chosen.Length)))
            chosen[cell] = true;
        return chosen;

        double FromMiddle(int cell) =>
            Math.Pow((((cell / columns) + 0.5) / rows) - 0.5, 2) + Math.Pow((((cell % columns) + 0.5) / columns) - 0.5, 2);
    }

    /// <summary>A random tenth of the cells.</summary>
    internal static bool[] Random(int count, Random random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        bool[] chosen = new bool[count];
        foreach (int cell in order.AsSpan(0, Tenth(count)))
            chosen[cell] = true;
        return chosen;
    }

    /// <summary>The intersection of cells and truth over their union.</summary>
    internal static double Overlap(Truth truth, bool[] cells, int rows, int columns)
    {
        int both = 0,
            either = 0;
        for (int pixel = 0; pixel < truth.Mask.Length; pixel++)
        {
            bool chosen = cells[(pixel / truth.Side * rows / truth.Side * columns) + (pixel % truth.Side * columns / truth.Side)];
            both += truth.Mask[pixel] && chosen ? 1 : 0;
            either += truth.Mask[pixel] || chosen ? 1 : 0;
        }

        return either == 0 ? 0 : (double)both / either;
    }

    private static int Tenth(int count) => Math.Max(1, (int)Math.Round(Top * count));
}
