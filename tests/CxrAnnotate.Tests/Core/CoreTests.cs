namespace CxrAnnotate.Tests;

/// <summary>Shared code against published or hand-computed values: saved seeds, weights and ONNX files depend on their bits.</summary>
public sealed class CoreTests
{
    /// <summary>The first outputs of the reference implementation (Vigna, splitmix64.c) for the seed 1234567.</summary>
    [Fact]
    public void The_generator_gives_the_reference_numbers()
    {
        SplitMix64 random = new(1234567);
        Assert.Equal(
            [6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL],
            Enumerable.Range(0, 5).Select(_ => random.NextUInt64()).ToArray()
        );
        Assert.Equal(6457827717110365317UL, SplitMix64.Mix(1234567));
        SplitMix64 again = new(1234567);
        Assert.Equal((6457827717110365317UL >> 11) * Math.Pow(2, -53), again.NextDouble());
    }

    /// <summary>The weights of Recommendation BT.601, as the nearest floats.</summary>
    [Fact]
    public void Luma_weights_are_those_of_the_recommendation()
    {
        Assert.Equal((0.299f, 0.587f, 0.114f), (Luma.Red, Luma.Green, Luma.Blue));
        Assert.Equal((float)(((299 * 10) + (587 * 100) + (114 * 200)) / 255000.0), Luma.Of(10, 100, 200, 255));
        Assert.Equal(0.299f + 0.587f + 0.114f, Luma.Of(1f, 1f, 1f));
        Assert.All(Enumerable.Range(0, 256), grey => Assert.Equal(grey / 255f, Luma.Of(grey, grey, grey, 255)));
    }

    [Fact]
    public void Scores_of_decisions_are_those_of_scikit_learn()
    {
        DecisionCounts counts = new(Hits: 3, Predicted: 4, Present: 6),
            missed = new(0, 0, 2),
            invented = new(0, 2, 0),
            nothing = default;
        Assert.Equal((0.75, 0.5, 0.6), (counts.Precision, counts.Recall, counts.F1));
        Assert.Equal((0.0, 0.0, 0.0), (missed.Precision, missed.Recall, missed.F1));
        Assert.Equal((0.0, 0.0, 0.0), (invented.Precision, invented.Recall, invented.F1));
        Assert.Equal((double.NaN, double.NaN, double.NaN), (nothing.Precision, nothing.Recall, nothing.F1));
        Assert.Equal(0.2, DecisionCounts.MacroF1([counts, missed, invented, nothing]), 1e-15);
        Assert.Equal(double.NaN, DecisionCounts.MacroF1([nothing]));
    }
}
