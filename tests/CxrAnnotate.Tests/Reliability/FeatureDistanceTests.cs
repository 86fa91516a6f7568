namespace CxrAnnotate.Tests;

public sealed class FeatureDistanceTests
{
    [Fact]
    public void With_an_axis_for_every_direction_it_is_the_distance_of_Mahalanobis()
    {
        float[][] rows = Correlated(400, seed: 1);
        FeatureDistance fitted = FeatureDistance.Fit(rows, rows)!;
        double[] mean = [.. Enumerable.Range(0, 3).Select(j => rows.Average(row => (double)row[j]))];
        var covariance = new double[3, 3];
        foreach (float[] row in rows)
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++)
                    covariance[a, b] += (row[a] - mean[a]) * (row[b] - mean[b]) / rows.Length;
        double[] expected = [.. rows.Select(row => Mahalanobis(covariance, [.. row.Select((value, j) => value - mean[j])]))],
            actual = [.. rows.Select(row => fitted.Score(row) * fitted.Bound)];
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 0.03));
    }

    [Fact]
    public void One_in_a_hundred_of_new_rows_is_above_the_bound_and_so_are_all_that_are_elsewhere()
    {
        float[][] train = Correlated(1500, seed: 2),
            held = Correlated(600, seed: 3);
        FeatureDistance fitted = FeatureDistance.Fit(train, held)!;
        Assert.InRange(Correlated(4000, seed: 4).Count(row => fitted.Score(row) > 1), 10, 90);
        // Each feature by itself is usual, but not what they have in common.
        Assert.All(Correlated(50, seed: 5), row => Assert.True(fitted.Score([row[0] + 6, row[1] - 6, row[2]]) > 1));
        Assert.True(double.IsNaN(fitted.Score([float.NaN, 0, 0])));
    }

    [Fact]
    public void Too_few_rows_have_no_distance_and_damaged_values_are_found()
    {
        float[][] rows = Correlated(100, seed: 6);
        Assert.Null(FeatureDistance.Fit(rows, rows[..(FeatureDistance.FewestHeld - 1)]));
        Assert.Null(FeatureDistance.Fit(rows[..(FeatureDistance.FewestTrained - 1)], rows));
        Assert.Null(FeatureDistance.Fit([], rows));
        FeatureDistance fitted = FeatureDistance.Fit(rows, rows)!;
        Assert.True(fitted.IsSound);
        Assert.False((fitted with { Bound = 0 }).IsSound);
        Assert.False((fitted with { Axes = [1, 2, 3] }).IsSound);
        Assert.False((fitted with { Size = 2 }).IsSound);
    }

    [Fact]
    public void A_feature_that_never_changes_does_no_harm()
    {
        float[][] rows = [.. Correlated(100, seed: 7).Select(row => (float[])[.. row, 5])];
        FeatureDistance fitted = FeatureDistance.Fit(rows, rows)!;
        Assert.All(rows, row => Assert.True(double.IsFinite(fitted.Score(row))));
        Assert.True(fitted.Score([.. rows[0][..3], 50]) > 1);
    }

    /// <summary>Three features, of which the first two are nearly the same.</summary>
    private static float[][] Correlated(int count, int seed)
    {
        Random random = new(seed);
        double Normal() => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                double common = 3 * Normal();
                return (float[])[(float)(common + Normal()), (float)(common + Normal() + 2), (float)(0.5 * Normal())];
            }),
        ];
    }

    /// <summary>By Gaussian elimination.</summary>
    private static double Mahalanobis(double[,] covariance, double[] offset)
    {
        var a = (double[,])covariance.Clone();
        double[] b = [.. offset];
        for (int i = 0; i < 3; i++)
        {
            for (int row = i + 1; row < 3; row++)
            {
                double part = a[row, i] / a[i, i];
                for (int j = i; j < 3; j++)
                    a[row, j] -= part * a[i, j];
                b[row] -= part * b[i];
            }
        }

        var x = new double[3];
        for (int i = 2; i >= 0; i--)
            x[i] = (b[i] - Enumerable.Range(i + 1, 2 - i).Sum(j => a[i, j] * x[j])) / a[i, i];
        return Math.Sqrt(offset.Zip(x, (p, q) => p * q).Sum());
    }
}
