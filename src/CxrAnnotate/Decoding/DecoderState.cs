using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The hidden states of a decoder's layers, [rows, R] each, and the LSTM's cell states beside them.</summary>
/// <param name="Hidden">One hidden state a layer.</param>
/// <param name="Cell">One cell state a layer; empty for the GRU.</param>
internal sealed record DecoderState(Tensor[] Hidden, Tensor[] Cell) : IDisposable
{
    /// <summary>Another place for the same tensors: the network changes the state it is given.</summary>
    internal DecoderState Copy() => new([.. Hidden], [.. Cell]);

    /// <summary>The state of chosen rows, in their order.</summary>
    internal DecoderState Select(Tensor rows) =>
        new([.. Hidden.Select(h => h.index_select(0, rows))], [.. Cell.Select(c => c.index_select(0, rows))]);

    /// <summary>Hands the tensors to the dispose scope around the present one.</summary>
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
