using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Exponential moving average of a module's weights, w' = d w' + (1 - d) w after every step, with the usual warm-up d = min(decay, (1 + t) / (10 + t)).
/// Batch statistics (buffers) are averaged alike, so that they fit the averaged weights.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly List<(Tensor Live, Tensor Mean)> _pairs = [];
    private readonly double _decay;
    private long _steps;

    internal WeightAverage(nn.Module module, double decay)
    {
        _decay = decay;
        foreach (Tensor tensor in module.state_dict().Values)
        {
            if (tensor.is_floating_point())
                _pairs.Add((tensor, tensor.detach().clone().DetachFromDisposeScope()));
        }
    }

    internal void Update()
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        _steps++;
        double decay = Math.Min(_decay, (1.0 + _steps) / (10.0 + _steps));
        using Scalar kept = decay.ToScalar(), taken = (1 - decay).ToScalar(); // held: see HeldScalar
        foreach (var (live, mean) in _pairs)
            mean.mul_(kept).add_(live, taken);
    }

    /// <summary>Swaps the averaged weights in; disposing the result swaps the live ones back.</summary>
    internal IDisposable Apply()
    {
        Swap();
        return new Undo(this);
    }

    public void Dispose()
    {
        foreach (var (_, mean) in _pairs)
            mean.Dispose();
        _pairs.Clear();
    }

    private void Swap()
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        foreach (var (live, mean) in _pairs)
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
