using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Exponential moving average of a module's weights, w' = d w' + (1 - d) w after every step, with the usual warm-up d = min(decay, (1 + t) / (10 +
/// t)). Batch statistics (buffers) are averaged as well, so that they match the averaged weights.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly List<(string Name, Tensor Live, Tensor Mean)> _pairs = [];
    private readonly double _decay;

    /// <param name="module">The module that is trained.</param>
    /// <param name="decay">Decay, 0 to below 1.</param>
    /// <param name="frozen">Layers that are not trained: the average of a constant may differ from it in the last bit.</param>
    internal WeightAverage(nn.Module module, double decay, FrozenLayers? frozen = null)
    {
        _decay = decay;
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (tensor.is_floating_point() && frozen?.Contains(name) != true)
                _pairs.Add((name, tensor, tensor.detach().clone().DetachFromDisposeScope()));
        }
    }

    /// <summary>The averages by the names of their tensors.</summary>
    internal IReadOnlyDictionary<string, Tensor> State => _pairs.ToDictionary(p => p.Name, p => p.Mean, StringComparer.Ordinal);

    /// <summary>How often <see cref="Update"/> was called.</summary>
    internal long Steps { get; set; }

    internal void Update()
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        double decay = Math.Min(_decay, (1.0 + Steps) / (10.0 + Steps));
        foreach (var (_, live, mean) in _pairs)
            mean.TimesInPlace(decay).PlusScaledInPlace(live, 1 - decay);
    }

    /// <summary>Swaps the averaged weights in; disposing the result swaps the live ones back.</summary>
    internal IDisposable Apply()
    {
        Swap();
        return new Undo(this);
    }

    public void Dispose()
    {
        foreach (var (_, _, mean) in _pairs)
            mean.Dispose();
        _pairs.Clear();
    }

    private void Swap()
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, live, mean) in _pairs)
        {
            Tensor keep = live.clone();
            live.copy_(mean);
            mean.copy_(keep);
        }
    }

    private sealed class Undo(WeightAverage owner) : IDisposable
    {
        public void Dispose() => owner.Swap();
    }
}
