using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class RecurrentDecoderTests
{
    public RecurrentDecoderTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(RecurrentCell.Lstm, 68, 2, 12_947_524)]
    [InlineData(RecurrentCell.Gru, 68, 2, 9_728_068)]
    [InlineData(RecurrentCell.Lstm, 68, 1, 4_550_724)]
    [InlineData(RecurrentCell.Gru, 68, 1, 3_430_468)]
    [InlineData(RecurrentCell.Lstm, 96, 2, 13_090_912)]
    [InlineData(RecurrentCell.Gru, 96, 2, 9_842_784)]
    public void The_network_has_the_number_of_parameters_of_the_paper_s(RecurrentCell cell, int words, int layers, long expected)
    {
        using var decoder = new RecurrentDecoder(cell, words, 1024, layers, 1024);
        Assert.Equal(expected, decoder.RecurrentParameterCount);
        Assert.Equal(expected, decoder.parameters().Sum(p => p.numel()));
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm, 1, 6, false)]
    [InlineData(RecurrentCell.Lstm, 2, 6, true)]
    [InlineData(RecurrentCell.Lstm, 2, 9, false)]
    [InlineData(RecurrentCell.Lstm, 1, 9, true)]
    [InlineData(RecurrentCell.Gru, 1, 6, false)]
    [InlineData(RecurrentCell.Gru, 2, 6, true)]
    [InlineData(RecurrentCell.Gru, 2, 9, false)]
    [InlineData(RecurrentCell.Gru, 1, 9, true)]
    public void Every_step_equals_the_equations_in_plain_loops(RecurrentCell cell, int layers, int featureSize, bool attends)
    {
        const int Hidden = 6,
            Words = 5,
            Rows = 3;
        FeatureRegions? regions = attends ? new(1, 2, 1, 2) : null;
        using var decoder = Scrambled(cell, Words, Hidden, layers, featureSize, seed: 11, regions);
        var oracle = new LoopDecoder(decoder, cell, layers, regions);
        float[][] features = [.. Enumerable.Range(0, Rows).Select(r => Numbers(featureSize, r))];
        int[][] words =
        [
            [0, 3, 1, 4],
            [2, 2, 2, 2],
            [4, 0, 3, 1],
        ];
        using var _ = NewDisposeScope();
        using var __ = no_grad();
        DecoderState state = decoder.InitialState(tensor(features.SelectMany(f => f).ToArray(), Rows, featureSize));
        Tensor hidden = decoder.Hidden(tensor(Enumerable.Range(0, 4).SelectMany(t => words.Select(w => (long)w[t])).ToArray(), 4, Rows), state);
        float[] logits = decoder.Logits(hidden.view(-1, Hidden)).Floats();
        float[] attention = regions is null ? [] : DecoderBatchOf(features, words).Attention(decoder).Floats();
        for (int r = 0; r < Rows; r++)
        {
            var (expected, tops, seen) = oracle.Run(features[r], words[r]);
            for (int t = 0; t < 4; t++)
            {
                for (int w = 0; w < Words; w++)
                    Assert.Equal(expected[t][w], logits[(((t * Rows) + r) * Words) + w], 1e-5);
                if (regions is null)
                    continue;
                float[] weights = attention[(((t * Rows) + r) * regions.Count)..][..regions.Count];
                Assert.Equal(1, weights.Sum(), 1e-6);
                Assert.All(weights.Zip(seen[t]), p => Assert.Equal(p.Second, p.First, 1e-5));
            }

            float[] last = state.Hidden[layers - 1][r].Floats();
            Assert.All(last.Zip(tops[^1]), p => Assert.Equal(p.Second, p.First, 1e-5));
        }
    }

    /// <summary>Sequences whose words are the given ones: the first is the start word, the others are targets.</summary>
    private static DecoderBatch DecoderBatchOf(float[][] features, int[][] words) =>
        DecoderBatch.Create([.. features.Zip(words, (f, w) => (f, w[0], w[1..]))]);

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void Steps_taken_one_by_one_equal_the_whole_sequence(RecurrentCell cell)
    {
        using var decoder = Scrambled(cell, 5, 4, 2, 4, seed: 3);
        using var _ = NewDisposeScope();
        using var __ = no_grad();
        Tensor features = tensor(Numbers(4, 1), 1, 4);
        Tensor words = tensor([1L, 4L, 2L], 3, 1);
        float[] whole = decoder.Hidden(words, decoder.InitialState(features)).Floats();
        DecoderState state = decoder.InitialState(features);
        float[] steps = [.. Enumerable.Range(0, 3).SelectMany(t => decoder.Hidden(words.narrow(0, t, 1), state).Floats())];
        Assert.All(whole.Zip(steps), p => Assert.Equal(p.First, p.Second, 1e-6));
    }

    [Fact]
    public void The_forget_gates_start_open_and_the_other_weights_are_small()
    {
        using var decoder = new RecurrentDecoder(RecurrentCell.Lstm, 7, 5, 2, 5, seed: 4);
        var weights = decoder.state_dict();
        foreach (string layer in (string[])["layer0", "layer1"])
        {
            float[] bias = weights[layer + ".input_bias"].Floats();
            Assert.All(bias[5..10], b => Assert.Equal(1f, b));
            Assert.All(bias[..5].Concat(bias[10..]), b => Assert.InRange(b, -0.08f, 0.08f));
        }

        float[] output = weights["output"].Floats();
        Assert.All(output, w => Assert.InRange(w, -0.08f, 0.08f));
        Assert.True(output.Max() > 0.05 && output.Min() < -0.05);
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void The_content_of_padding_changes_neither_loss_nor_gradient(RecurrentCell cell)
    {
        using var decoder = Scrambled(cell, 8, 5, 2, 3, seed: 5);
        DecoderBatch batch = DecoderBatch.Create([(Numbers(3, 1), 4, [5, 6, 7]), (Numbers(3, 2), 5, [])]);
        var (loss, gradient) = LossAndGradient(decoder, batch);
        for (int t = 1; t < batch.Steps; t++)
            batch.Words[(t * batch.Rows) + 1] = 7 - t;
        var (changed, changedGradient) = LossAndGradient(decoder, batch);
        Assert.Equal(loss, changed);
        Assert.Equal(gradient, changedGradient);
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_mean_over_its_rows()
    {
        using var decoder = Scrambled(RecurrentCell.Gru, 8, 5, 2, 3, seed: 6);
        (float[], int, int[])[] rows = [(Numbers(3, 1), 4, [5, 6, 7]), (Numbers(3, 2), 5, []), (Numbers(3, 3), 4, [7])];
        double together = LossAndGradient(decoder, DecoderBatch.Create(rows)).Loss;
        double apart =
            rows.Sum(r => LossAndGradient(decoder, DecoderBatch.Create([r])).Loss * (r.Item3.Length + 1)) / rows.Sum(r => r.Item3.Length + 1);
        Assert.Equal(apart, together, 1e-6);
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm, 6, false)]
    [InlineData(RecurrentCell.Gru, 6, false)]
    [InlineData(RecurrentCell.Gru, 4, false)]
    [InlineData(RecurrentCell.Lstm, 8, true)]
    [InlineData(RecurrentCell.Gru, 6, true)]
    public void The_gradient_reaches_every_parameter(RecurrentCell cell, int featureSize, bool attends)
    {
        FeatureRegions? regions = attends ? new(0, 2, 1, 3) : null;
        using var decoder = new RecurrentDecoder(cell, 8, 6, 2, featureSize, dropout: 0.2, featureDropout: 0.2, seed: 7, regions);
        decoder.train();
        using var _ = NewDisposeScope();
        DecoderBatch.Create([.. Enumerable.Range(0, 8).Select(i => (Numbers(featureSize, i), 4, new[] { 5, 6, 7 }))]).Loss(decoder).backward();
        foreach (var (name, parameter) in decoder.named_parameters())
        {
            Assert.True(parameter.grad is not null, name);
            Assert.True(parameter.grad!.abs().sum().Number() > 0, name);
        }
    }

    [Fact]
    public void Dropout_is_off_when_evaluating_and_leaves_the_process_random_state_alone()
    {
        using var decoder = new RecurrentDecoder(RecurrentCell.Gru, 8, 6, 2, 4, dropout: 0.5, featureDropout: 0.5, seed: 7);
        DecoderBatch batch = DecoderBatch.Create([(Numbers(4, 1), 4, [5, 6])]);
        using var _ = NewDisposeScope();
        using var __ = no_grad();
        decoder.eval();
        double first = batch.Loss(decoder).Number();
        Assert.Equal(first, batch.Loss(decoder).Number());
        decoder.train();
        Assert.NotEqual(batch.Loss(decoder).Number(), batch.Loss(decoder).Number());
    }

    internal static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <summary>A network in eval mode with weights large enough that every term of the equations matters.</summary>
    internal static RecurrentDecoder Scrambled(
        RecurrentCell cell,
        int words,
        int hidden,
        int layers,
        int featureSize,
        int seed,
        FeatureRegions? regions = null
    )
    {
        var decoder = new RecurrentDecoder(cell, words, hidden, layers, featureSize, seed: seed, regions: regions);
        var random = new Random(seed);
        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (Tensor parameter in decoder.parameters())
                parameter.copy_(
                    tensor(Enumerable.Range(0, (int)parameter.numel()).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray(), parameter.shape)
                );
        }

        decoder.SetFeatureScale(Numbers(featureSize, seed + 1), [.. Numbers(featureSize, seed + 2).Select(x => x + 1.5f)]);
        decoder.eval();
        return decoder;
    }

    private static (double Loss, float[] Gradient) LossAndGradient(RecurrentDecoder decoder, DecoderBatch batch)
    {
        using var _ = NewDisposeScope();
        decoder.zero_grad();
        Tensor loss = batch.Loss(decoder);
        loss.backward();
        return (loss.Number(), [.. decoder.parameters().SelectMany(p => p.grad!.Floats())]);
    }
}
