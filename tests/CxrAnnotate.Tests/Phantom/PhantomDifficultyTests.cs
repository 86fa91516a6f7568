namespace CxrAnnotate.Tests;

/// <summary>The phantom needs a network: raw pixels do not solve it.</summary>
public class PhantomDifficultyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1.25)] // as the demo draws them
    public void Ridge_regression_and_the_nearest_neighbour_on_raw_pixels_stay_below_half_macro_F1(double contrast)
    {
        const int Train = 1200,
            Test = 500,
            Side = 32;
        // Half are normal here, so that the rare findings have a fair number of examples to learn from.
        ChestPhantom phantom = new(
            new()
            {
                Size = 96,
                NormalFraction = 0.5,
                FindingContrast = contrast,
            }
        );
        int classes = ChestPhantom.Headings.Count + 1;
        float[][] pixels = new float[Train + Test][];
        int[] labels = new int[Train + Test];
        Parallel.For(
            0,
            Train + Test,
            i =>
            {
                pixels[i] = Standardise(PhantomProbe.Reduce(phantom.Render(i).Pixels, 96, Side));
                labels[i] = phantom.Findings(i) is [PhantomFinding finding, ..] ? 1 + (int)finding.Kind : 0;
            }
        );

        int[] nearest = new int[Test];
        Parallel.For(
            0,
            Test,
            i =>
            {
                float best = float.MaxValue;
                for (int j = 0; j < Train; j++)
                {
                    float distance = Distance(pixels[Train + i], pixels[j]);
                    if (distance < best)
                        (best, nearest[i]) = (distance, labels[j]);
                }
            }
        );
        int[] truth = labels[Train..];
        double neighbour = MacroF1(truth, nearest, classes);
        double ridge = new[] { 30.0, 300, 3000 }.Max(penalty => MacroF1(truth, Ridge(pixels, labels, Train, classes, penalty), classes));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"macro-F1 on raw pixels: nearest neighbour {neighbour:F3}, ridge (best of three penalties, chosen on the test part) {ridge:F3}"
        );
        Assert.True(neighbour < 0.5, $"nearest neighbour: {neighbour:F3}");
        Assert.True(ridge < 0.5, $"ridge: {ridge:F3}");
        // Not noise either: the pixels carry information beyond the class frequencies.
        Assert.True(ridge > 1.5 / classes, $"ridge: {ridge:F3}");
    }

    /// <summary>Ridge regression onto class indicators, classes weighted equally, in its dual form: as many unknowns as training rows.</summary>
    private static int[] Ridge(float[][] pixels, int[] labels, int train, int classes, double penalty)
    {
        int[] frequency = new int[classes];
        foreach (int label in labels.AsSpan(0, train))
            frequency[label]++;
        // (K + penalty * W^-1) a = y, with W the weight of each row.
        double[][] kernel = new double[train][];
        Parallel.For(
            0,
            train,
            i =>
            {
                kernel[i] = new double[train];
                for (int j = 0; j <= i; j++)
                    kernel[i][j] = Dot(pixels[i], pixels[j]);
                kernel[i][i] += penalty * frequency[labels[i]] * classes / train;
            }
        );
        for (int j = 0; j < train; j++)
        {
            // Cholesky, column by column.
            double[] pivot = kernel[j];
            double diagonal = Math.Sqrt(pivot[j] - Squares(pivot, j));
            pivot[j] = diagonal;
            Parallel.For(
                j + 1,
                train,
                i =>
                {
                    double[] row = kernel[i];
                    double sum = row[j];
                    sum -= System.Numerics.Tensors.TensorPrimitives.Dot(row.AsSpan(0, j), pivot.AsSpan(0, j));
                    row[j] = sum / diagonal;
                }
            );
        }
        double[][] weights = new double[classes][];
        Parallel.For(
            0,
            classes,
            k =>
            {
                double[] a = [.. labels[..train].Select(label => label == k ? 1.0 : 0)];
                for (int i = 0; i < train; i++)
                {
                    for (int j = 0; j < i; j++)
                        a[i] -= kernel[i][j] * a[j];
                    a[i] /= kernel[i][i];
                }
                for (int i = train - 1; i >= 0; i--)
                {
                    for (int j = i + 1; j < train; j++)
                        a[i] -= kernel[j][i] * a[j];
                    a[i] /= kernel[i][i];
                }
                double[] weight = new double[pixels[0].Length];
                for (int i = 0; i < train; i++)
                    for (int d = 0; d < weight.Length; d++)
                        weight[d] += a[i] * pixels[i][d];
                weights[k] = weight;
            }
        );
        return
        [
            .. pixels
                .Skip(train)
                .Select(image =>
                    Enumerable
                        .Range(0, classes)
                        .MaxBy(k =>
                        {
                            double score = 0;
                            for (int d = 0; d < image.Length; d++)
                                score += weights[k][d] * image[d];
                            return score;
                        })
                ),
        ];
    }

    private static double MacroF1(int[] truth, int[] predicted, int classes)
    {
        double sum = 0;
        int present = 0;
        for (int k = 0; k < classes; k++)
        {
            int both = 0,
                either = 0;
            for (int i = 0; i < truth.Length; i++)
            {
                both += truth[i] == k && predicted[i] == k ? 2 : 0;
                either += (truth[i] == k ? 1 : 0) + (predicted[i] == k ? 1 : 0);
            }
            if (Array.IndexOf(truth, k) < 0)
                continue;
            present++;
            sum += either == 0 ? 0 : (double)both / either;
        }
        return sum / present;
    }

    private static float[] Standardise(byte[] image)
    {
        double mean = image.Average(value => (double)value),
            deviation = Math.Sqrt(image.Average(value => (value - mean) * (value - mean)));
        // The last entry is the intercept.
        return [.. image.Select(value => (float)((value - mean) / deviation)), 10f];
    }

    private static float Distance(float[] a, float[] b) => System.Numerics.Tensors.TensorPrimitives.Distance(a, b);

    private static double Dot(float[] a, float[] b) => System.Numerics.Tensors.TensorPrimitives.Dot(a, b);

    private static double Squares(double[] row, int count) => System.Numerics.Tensors.TensorPrimitives.SumOfSquares(row.AsSpan(0, count));
}
