using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A copy of a module's parameters and buffers that can be restored.</summary>
internal sealed class WeightStore(nn.Module module) : IDisposable
{
    private readonly Dictionary<string, Tensor> _copies = [];

    /// <summary>The copies by their names; empty before the first <see cref="Save"/>.</summary>
    internal IReadOnlyDictionary<string, Tensor> State => _copies;

    /// <summary>Copies the module's current weights, replacing an earlier copy.</summary>
    internal void Save()
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (_copies.TryGetValue(name, out Tensor? copy))
                copy.copy_(tensor);
            else
                _copies[name] = tensor.detach().clone().DetachFromDisposeScope();
        }
    }

    /// <summary>Restores the copied weights, if any.</summary>
    internal void Restore()
    {
        using var _ = no_grad();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (_copies.TryGetValue(name, out Tensor? copy))
                tensor.copy_(copy);
        }
    }

    /// <summary>Sets every weight of the module to <paramref name="part"/> of itself and the rest of its copy.</summary>
    internal void Mix(double part)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (tensor.is_floating_point() && _copies.TryGetValue(name, out Tensor? copy))
                tensor.TimesInPlace(part).PlusScaledInPlace(copy, 1 - part);
        }
    }

    public void Dispose()
    {
        foreach (Tensor copy in _copies.Values)
            copy.Dispose();
        _copies.Clear();
    }
}
