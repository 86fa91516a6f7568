using TorchSharp;

namespace CxrAnnotate.Tests;

public sealed class WeightAverageTests
{
    [Fact]
    public void The_average_follows_its_recurrence_and_swapping_gives_the_live_weights_back()
    {
        using var scope = torch.NewDisposeScope();
        using var module = torch.nn.Linear(3, 2);
        using var average = new WeightAverage(module, 0.9);
        double[] expected = Numbers(module.weight);
        for (int step = 1; step <= 12; step++)
        {
            using (torch.no_grad())
                module.weight.copy_(torch.ones(2, 3).Times(step));
            average.Update();
            double decay = Math.Min(0.9, (1.0 + step) / (10.0 + step));
            expected = [.. expected.Select(e => (decay * e) + ((1 - decay) * step))];
        }

        using (average.Apply())
            Assert.All(Numbers(module.weight).Zip(expected), p => Assert.Equal(p.Second, p.First, 1e-4));
        Assert.All(Numbers(module.weight), v => Assert.Equal(12, v));
    }

    private static double[] Numbers(torch.Tensor tensor) => tensor.Doubles();
}
