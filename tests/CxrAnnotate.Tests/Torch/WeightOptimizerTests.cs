using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class WeightOptimizerTests
{
    private const double Rate = 0.05,
        Clip = 2;

    public WeightOptimizerTests() => NativeRuntime.EnsureLoaded();

    /// <summary>
    /// The papers' equations in plain loops and double precision are the oracle; TorchSharp's own optimizers are not safe to run (docs/adr/0009).
    /// </summary>
    [Theory]
    [InlineData(OptimizerKind.AdamW, 0.0)]
    [InlineData(OptimizerKind.AdamW, 0.3)]
    [InlineData(OptimizerKind.Sgd, 0.0)]
    [InlineData(OptimizerKind.Sgd, 0.3)]
    [InlineData(OptimizerKind.RmsProp, 0.0)]
    [InlineData(OptimizerKind.RmsProp, 0.3)]
    public void Steps_equal_the_equations_in_plain_loops(OptimizerKind kind, double decay)
    {
        double[] expected = [1, -2, 3],
            first = new double[3],
            second = new double[3];
        using Parameter weights = new(tensor([1f, -2f, 3f]));
        using var optimizer = new WeightOptimizer(
            [("weights", weights)],
            new()
            {
                Optimizer = kind,
                WeightDecay = decay,
                GradientClip = Clip,
            }
        );
        for (int step = 1; step <= 6; step++)
        {
            using var _ = NewDisposeScope();
            optimizer.ZeroGradients();
            Tensor wrong = weights.sub(tensor([0.5f * step, 1, -1]));
            wrong.mul(wrong).sum().backward();
            optimizer.Step(Rate);

            double[] gradient = [2 * (expected[0] - (0.5 * step)), 2 * (expected[1] - 1), 2 * (expected[2] + 1)];
            double norm = Math.Sqrt(gradient.Sum(g => g * g));
            for (int i = 0; i < expected.Length; i++)
            {
                double g = gradient[i] * Math.Min(1, Clip / norm);
                switch (kind)
                {
                    case OptimizerKind.AdamW:
                        expected[i] *= 1 - (Rate * decay);
                        first[i] = (0.9 * first[i]) + (0.1 * g);
                        second[i] = (0.999 * second[i]) + (0.001 * g * g);
                        expected[i] -= Rate * first[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                        break;
                    case OptimizerKind.Sgd:
                        first[i] = (0.9 * first[i]) + g + (decay * expected[i]);
                        expected[i] -= Rate * first[i];
                        break;
                    default:
                        g += decay * expected[i];
                        second[i] = (0.95 * second[i]) + (0.05 * g * g);
                        expected[i] -= Rate * g / (Math.Sqrt(second[i]) + 1e-8);
                        break;
                }
            }

            Assert.All(expected.Zip(weights.Doubles()), p => Assert.Equal(p.First, p.Second, 1e-5));
        }
    }
}
