using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The hidden states of a decoder's layers, [rows, R] each, and the LSTM's cell states.</summary>
/// <param name="Hidden">One hidden state per layer.</param>
/// <param name="Cell">One cell state per layer; empty for the GRU.</param>
internal sealed record DecoderState(Tensor[] Hidden, Tensor[] Cell) : IDisposable
{
    /// <summary>A shallow copy with the same tensors, since the network changes the state it is given.</summary>
    internal DecoderState Copy() => new([.. Hidden], [.. Cell]);

    /// <summary>The state of the given rows, in their order.</summary>
    internal DecoderState Select(Tensor rows) =>
        new([.. Hidden.Select(h => h.index_select(0, rows))], [.. Cell.Select(c => c.index_select(0, rows))]);

    /// <summary>Moves the tensors to the enclosing dispose scope.</summary>
    internal DecoderState MoveToOuterDisposeScope()
    {
        foreach (Tensor tensor in (Tensor[])[.. Hidden, .. Cell])
            tensor.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. Hidden, .. Cell])
            tensor.Dispose();
    }
}
