using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A mini-batch of sequences for teacher forcing, time-major and padded. The loss ignores padding.</summary>
internal sealed class DecoderBatch
{
    private DecoderBatch(int rows, int steps, float[] features, long[] words, long[] positions, long[] targets)
    {
        (Rows, Steps, Features, Words, Positions, Targets) = (rows, steps, features, words, positions, targets);
    }

    internal int Rows { get; }

    internal int Steps { get; }

    /// <summary>Image features, [rows, F].</summary>
    internal float[] Features { get; }

    /// <summary>The input words, [steps, rows]: the start word, then the targets shifted by one, then padding.</summary>
    internal long[] Words { get; }

    /// <summary>The positions in [steps, rows] that have a target.</summary>
    internal long[] Positions { get; }

    /// <summary>The targets at these positions; the last of a row is the end token.</summary>
    internal long[] Targets { get; }

    /// <summary>Creates a batch from each row's features, start word and words to predict, without the end token.</summary>
    internal static DecoderBatch Create(IReadOnlyList<(float[] Features, int Start, int[] Targets)> rows)
    {
        int steps = rows.Max(r => r.Targets.Length) + 1;
        int size = rows[0].Features.Length;
        float[] features = new float[rows.Count * size];
        long[] words = new long[steps * rows.Count];
        var positions = new List<long>();
        var targets = new List<long>();
        for (int r = 0; r < rows.Count; r++)
        {
            var (row, start, wanted) = rows[r];
            row.CopyTo(features, r * size);
            for (int t = 0; t < steps; t++)
            {
                int at = (t * rows.Count) + r;
                words[at] =
                    t == 0 ? start
                    : t <= wanted.Length ? wanted[t - 1]
                    : ReservedWords.PaddingId;
                if (t > wanted.Length)
                    continue;
                positions.Add(at);
                targets.Add(t < wanted.Length ? wanted[t] : ReservedWords.EndId);
            }
        }

        return new DecoderBatch(rows.Count, steps, features, words, [.. positions], [.. targets]);
    }

    /// <summary>The network's top hidden states at all positions, [steps * rows, R].</summary>
    internal Tensor Hidden(RecurrentDecoder decoder)
    {
        DecoderState state = decoder.InitialState(tensor(Features, Rows, Features.Length / Rows));
        return decoder.Hidden(tensor(Words, Steps, Rows), state).view(Steps * Rows, -1);
    }

    /// <summary>The weights of the regions at all positions, [steps, rows, regions].</summary>
    internal Tensor Attention(RecurrentDecoder decoder)
    {
        DecoderState state = decoder.InitialState(tensor(Features, Rows, Features.Length / Rows));
        return decoder.Attention(tensor(Words, Steps, Rows), state);
    }

    /// <summary>Mean cross-entropy over the targets, a scalar.</summary>
    internal Tensor Loss(RecurrentDecoder decoder)
    {
        Tensor real = Hidden(decoder).index_select(0, tensor(Positions));
        return nn.functional.nll_loss(nn.functional.log_softmax(decoder.Logits(real), 1), tensor(Targets));
    }
}
