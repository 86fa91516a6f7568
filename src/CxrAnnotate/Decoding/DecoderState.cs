using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The hidden states of a decoder's layers, [rows, R] each, the LSTM's cell states, and the regions that are attended to.</summary>
/// <param name="Hidden">One hidden state per layer.</param>
/// <param name="Cell">One cell state per layer; empty for the GRU.</param>
internal sealed record DecoderState(Tensor[] Hidden, Tensor[] Cell) : IDisposable
{
    /// <summary>What the hidden state is compared with, [rows, regions, size]; null without attention.</summary>
    internal Tensor? Keys { get; init; }

    /// <summary>The features of the regions, [rows, regions, channels]; null without attention.</summary>
    internal Tensor? Values { get; init; }

    private IEnumerable<Tensor> All => [.. Hidden, .. Cell, .. Keys is null ? (Tensor[])[] : [Keys, Values!]];

    /// <summary>A shallow copy with the same tensors, since the network changes the state it is given.</summary>
    internal DecoderState Copy() => this with { Hidden = [.. Hidden], Cell = [.. Cell] };

    /// <summary>The state of the given rows, in their order.</summary>
    internal DecoderState Select(Tensor rows) =>
        new([.. Hidden.Select(h => h.index_select(0, rows))], [.. Cell.Select(c => c.index_select(0, rows))])
        {
            Keys = Keys?.index_select(0, rows),
            Values = Values?.index_select(0, rows),
        };

    /// <summary>Moves the tensors to the enclosing dispose scope.</summary>
    internal DecoderState MoveToOuterDisposeScope()
    {
        foreach (Tensor tensor in All)
            tensor.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in All)
            tensor.Dispose();
    }
}
