namespace CxrAnnotate;

/// <summary>Statistics of samples.</summary>
internal static class Statistic
{
    /// <summary>The quantile of values in ascending order, interpolated linearly between the two nearest (type 7 of Hyndman and Fan).</summary>
    internal static double Quantile(ReadOnlySpan<double> ascending, double q)
    {
        double position = q * (ascending.Length - 1);
        int below = (int)position;
        return below + 1 < ascending.Length
            ? ascending[below] + ((position - below) * (ascending[below + 1] - ascending[below]))
            : ascending[below];
    }

    /// <summary>The mean of the values that are not NaN; NaN if there are none.</summary>
    internal static double MeanOfDefined(ReadOnlySpan<double> values)
    {
        double sum = 0;
        int defined = 0;
        foreach (double value in values)
        {
            if (double.IsNaN(value))
                continue;
            sum += value;
            defined++;
        }

        return sum / defined;
    }
}
