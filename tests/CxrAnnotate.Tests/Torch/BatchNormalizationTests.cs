using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class BatchNormalizationTests
{
    public BatchNormalizationTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(1e-5, false)]
    [InlineData(1e-3, true)]
    public void Output_and_running_statistics_equal_the_equations_in_plain_loops(double epsilon, bool fromZero)
    {
        const int Rows = 3,
            Channels = 2,
            Places = 4;
        using var scope = NewDisposeScope();
        using var norm = new BatchNormalization(Channels, epsilon, fromZero);
        Assert.Equal(fromZero ? [0.0, 0.0] : [1.0, 1.0], norm.Scale.Doubles());
        using (no_grad())
        {
            norm.Scale.copy_(tensor([2f, -0.5f]));
            norm.Shift.copy_(tensor([0.25f, 3f]));
        }

        double[] mean = [0, 0],
            variance = [1, 1];
        var random = new Random(1);
        for (int batch = 1; batch <= 3; batch++)
        {
            float[] values = [.. Enumerable.Range(0, Rows * Channels * Places).Select(_ => (float)((random.NextDouble() * 5) - 1))];
            double[] output = norm.call(tensor(values).reshape(Rows, Channels, 2, 2)).Doubles();
            for (int c = 0; c < Channels; c++)
            {
                int[] own = [.. Enumerable.Range(0, values.Length).Where(i => i / Places % Channels == c)];
                double m = own.Average(i => values[i]),
                    v = own.Average(i => (values[i] - m) * (values[i] - m));
                Assert.All(
                    own,
                    i => Assert.Equal(((values[i] - m) / Math.Sqrt(v + epsilon) * (c == 0 ? 2 : -0.5)) + (c == 0 ? 0.25 : 3), output[i], 1e-5)
                );
                mean[c] += 0.1 * (m - mean[c]);
                variance[c] += 0.1 * ((v * own.Length / (own.Length - 1)) - variance[c]);
                Assert.Equal(mean[c], norm.RunningMean.Doubles()[c], 1e-5);
                Assert.Equal(variance[c], norm.RunningVariance.Doubles()[c], 1e-5);
            }

            Assert.Equal(batch, norm.state_dict()["num_batches_tracked"].Number());
        }

        norm.eval();
        float[] one = [1, 2];
        double[] scored = norm.call(tensor(one).reshape(1, Channels)).Doubles();
        for (int c = 0; c < Channels; c++)
            Assert.Equal(((one[c] - mean[c]) / Math.Sqrt(variance[c] + epsilon) * (c == 0 ? 2 : -0.5)) + (c == 0 ? 0.25 : 3), scored[c], 1e-5);
        Assert.Equal(3, norm.state_dict()["num_batches_tracked"].Number());
    }

    [Fact]
    public void Its_tensors_have_the_names_types_and_order_of_torch_s_own()
    {
        using var norm = new BatchNormalization(5);
        Assert.Equal(["weight", "bias", "running_mean", "running_var", "num_batches_tracked"], norm.state_dict().Keys);
        Assert.Equal(["weight", "bias"], norm.named_parameters().Select(p => p.name));
        Assert.Equal([.. Enumerable.Repeat(ScalarType.Float32, 4), ScalarType.Int64], norm.state_dict().Values.Select(t => t.dtype));
    }
}
