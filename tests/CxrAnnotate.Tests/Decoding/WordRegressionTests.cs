using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Decoders whose initial state is the logistic regressions of words on the features.</summary>
public sealed class WordRegressionTests
{
    private static readonly DecodeContextOptions Small = new()
    {
        HiddenSize = 10,
        Projection = FeatureProjection.WordRegression,
        Optimization = new()
        {
            Epochs = 3,
            BatchSize = 16,
            WeightAverage = 0.9,
        },
    };

    public WordRegressionTests() => NativeRuntime.EnsureLoaded();

    [Fact]
    public void Each_word_has_a_unit_that_is_high_for_its_rows_in_the_order_of_frequency_and_the_others_are_zero()
    {
        DecoderExamples rows = DecoderTrainerTests.Sided(120, 1);
        using DecoderModel model = new DecoderTrainer(Small, 3).Train(rows);
        string[] words =
        [
            .. rows.Captions.SelectMany(caption => caption)
                .CountBy(word => word)
                .OrderByDescending(count => count.Value)
                .ThenBy(count => count.Key, StringComparer.Ordinal)
                .Select(count => count.Key),
        ];
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        float[][] states = States(model, rows);
        foreach (string side in (string[])["left", "right"])
        {
            int unit = Array.IndexOf(words, side);
            // Normal rows have no side; among the others the side is in the features.
            double[] with = [.. Units(has: true)],
                without = [.. Units(has: false)];
            Assert.True(with.Min() > without.Max(), side);

            IEnumerable<double> Units(bool has) =>
                states.Where((_, i) => rows.Captions[i].Count == 3 && rows.Captions[i].Contains(side) == has).Select(state => (double)state[unit]);
        }

        for (int unit = 0; unit < words.Length; unit++)
        {
            Assert.Equal(0, states.Average(state => (double)state[unit]), 1e-3);
            Assert.Equal(1, states.Average(state => (double)state[unit] * state[unit]), 1e-2);
        }

        Assert.All(states, state => Assert.All(state[words.Length..], value => Assert.Equal(0, value)));
    }

    [Fact]
    public void Training_the_decoder_leaves_the_projection_as_it_was_fitted()
    {
        DecoderExamples rows = DecoderTrainerTests.Sided(60, 1);
        using DecoderModel brief = new DecoderTrainer(Small with { Optimization = Small.Optimization with { Epochs = 1 } }, 3).Train(rows),
            longer = new DecoderTrainer(Small, 3).Train(rows);
        Dictionary<string, Tensor> a = brief.Module.state_dict(),
            b = longer.Module.state_dict();
        foreach (string name in (string[])["projection", "projection_bias"])
            Assert.Equal(a[name].Bytes(), b[name].Bytes());
        Assert.NotEqual(a["output"].Bytes(), b["output"].Bytes());
    }

    [Fact]
    public void Words_beyond_the_units_and_rare_ones_have_none()
    {
        DecoderExamples rows = DecoderTrainerTests.Sided(60, 1);
        using DecoderModel few = new DecoderTrainer(Small with { HiddenSize = 2 }, 3).Train(rows);
        Assert.All(States(few, rows), state => Assert.Equal(2, state.Length));
        DecoderExamples rare = DecoderTrainerTests.Sided(4, 1);
        using DecoderModel none = new DecoderTrainer(Small, 3).Train(rare);
        Assert.All(States(none, rare), state => Assert.All(state, value => Assert.Equal(0, value)));
    }

    [Fact]
    public void What_it_cannot_be_combined_with_is_refused()
    {
        Assert.Contains(
            "12 units",
            Assert
                .Throws<InvalidOperationException>(() =>
                    new DecoderTrainer(Small with { HiddenSize = 12 }, 3).Train(DecoderTrainerTests.Sided(20, 1))
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "standardised",
            Assert.Throws<ArgumentException>(() => (Small with { StandardizeFeatures = false }).Check()).Message,
            StringComparison.Ordinal
        );
    }

    private static float[][] States(DecoderModel model, DecoderExamples rows)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor features = tensor(rows.Views.SelectMany(views => views[0]).ToArray()).reshape(rows.Count, -1);
        return [.. model.Module.InitialState(features).Hidden[0].Floats().Chunk(model.Module.HiddenSize)];
    }
}
