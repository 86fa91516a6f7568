using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>The rate of every step, by one weight under a loss of slope 1: it falls by the sum of the rates.</summary>
public sealed class LearningRateTests
{
    public LearningRateTests() => NativeRuntime.EnsureLoaded();

    [Fact]
    public void The_rate_rises_evenly_over_the_warm_up_and_falls_as_half_a_cosine_to_a_hundredth()
    {
        double[] rates = Rates(
            new()
            {
                Epochs = 200,
                LearningRate = 0.5,
                WarmUp = 0.25,
            }
        );
        Assert.InRange(rates[0], 0, 0.5 * 0.01);
        double[] rises = [.. Enumerable.Range(1, 49).Select(i => rates[i] - rates[i - 1])];
        Assert.All(rises, rise => Assert.Equal(0.5 / 50, rise, 1e-4));
        // From the peak at a quarter: a third and two thirds of the way down the cosine is at 3/4 and 1/4, the end at 0.
        Assert.Equal(0.5, rates[50], 1e-9);
        Assert.Equal(0.5 * (0.01 + (0.99 * 0.75)), rates[100], 1e-9);
        Assert.Equal(0.5 * (0.01 + (0.99 * 0.25)), rates[150], 1e-9);
        Assert.Equal(0.5 * 0.01, rates[199], 1e-3);
    }

    [Fact]
    public void Without_a_warm_up_the_first_step_has_the_full_rate()
    {
        double[] rates = Rates(new() { Epochs = 20, LearningRate = 0.5, WarmUp = 0 });
        Assert.Equal(0.5, rates[0], 1e-9);
        Assert.All(rates.Zip(rates.Skip(1)), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public void By_default_the_first_twentieth_of_the_steps_warms_up()
    {
        double[] rates = Rates(new() { Epochs = 100 });
        Assert.Equal(5, Array.IndexOf(rates, rates.Max()));
        Assert.Equal(1e-3, rates.Max(), 1e-9);
        Assert.InRange(rates[0], 0, 5e-5);
    }

    [Fact]
    public void Steps_divide_the_rate_by_three_after_33_66_and_99_of_100_epochs()
    {
        double[] rates = Rates(new() { Epochs = 100, LearningRate = 0.27, Schedule = ScheduleKind.Step });
        Assert.Equal([0.27, 0.27, 0.09, 0.09, 0.03, 0.03, 0.01], new[] { 0, 32, 33, 65, 66, 98, 99 }.Select(e => Math.Round(rates[e], 9)));
    }

    [Fact]
    public void The_steps_are_made_with_the_rate_that_is_reported()
    {
        var options = new OptimizationOptions
        {
            Epochs = 2,
            LearningRate = 0.25,
            Schedule = ScheduleKind.Constant,
            Optimizer = OptimizerKind.Sgd,
            WeightDecay = 0,
        };
        using var problem = new Slope();
        TrainingHistory history = new TrainingLoop(problem.Module, problem, options).Run(TestContext.Current.CancellationToken);
        // The second step has the momentum of the first: 1 + 1.9.
        Assert.Equal(-0.25 * 2.9, problem.Module.Weight.Number(), 1e-6);
        Assert.All(history.Epochs, e => Assert.Equal(0.25, e.LearningRate));
    }

    private static double[] Rates(OptimizationOptions options)
    {
        using var problem = new Slope();
        TrainingHistory history = new TrainingLoop(problem.Module, problem, options).Run(TestContext.Current.CancellationToken);
        return [.. history.Epochs.Select(e => e.LearningRate)];
    }

    private sealed class OneWeight : nn.Module
    {
        internal OneWeight()
            : base(nameof(OneWeight))
        {
            Weight = new Parameter(zeros(1));
            register_parameter("weight", Weight);
        }

        internal Parameter Weight { get; }
    }

    /// <summary>One mini-batch per epoch.</summary>
    private sealed class Slope : ITrainingProblem, IDisposable
    {
        internal OneWeight Module { get; } = new();

        public int MinimumRows => 1;

        public int BeginEpoch(int epoch) => 1;

        public string? FaultOf(int start, int count) => null;

        public Tensor Loss(int start, int count) => Module.Weight.sum();

        public (double Loss, double Score)? Validate() => null;

        public void Dispose() => Module.Dispose();
    }
}
