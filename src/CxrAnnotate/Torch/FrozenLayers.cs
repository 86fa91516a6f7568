using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The layers that are not trained: no gradients, no optimizer state, batch statistics neither used nor updated, no averaging.</summary>
internal sealed class FrozenLayers
{
    private readonly HashSet<string> _tensors;
    private readonly List<nn.Module> _modules = [];
    private readonly nn.Module _root;

    /// <param name="root">The module that the loop trains.</param>
    /// <param name="path">The prefix of the network in it ("network."); empty if the network is the root.</param>
    /// <param name="names">Layers of the network: "stem" is the module or tensor of that name and all below it.</param>
    /// <exception cref="InvalidOperationException">A name is not in the network, or nothing is left to train.</exception>
    internal FrozenLayers(nn.Module root, string path, IReadOnlyList<string> names)
    {
        _root = root;
        string[] all = [.. root.state_dict().Keys.Where(key => key.StartsWith(path, StringComparison.Ordinal)).Select(key => key[path.Length..])];
        foreach (string name in names)
        {
            if (!all.Any(key => Covers(name, key)))
            {
                throw new InvalidOperationException(
                    ErrorCode.FrozenLayers.Message(
                        $"No layer is named '{name}', so it cannot be frozen. The network has "
                            + $"{string.Join(", ", all.Select(key => key.Split('.')[0]).Distinct())} and the layers below them."
                    )
                );
            }
        }

        _tensors = [.. all.Where(key => names.Any(name => Covers(name, key))).Select(key => path + key)];
        foreach (var (name, parameter) in root.named_parameters())
        {
            if (_tensors.Contains(name))
                parameter.requires_grad = false;
        }

        foreach (var (name, module) in root.named_modules())
        {
            if (
                name.StartsWith(path, StringComparison.Ordinal)
                && name.Length > path.Length
                && names.Any(frozen => Covers(frozen, name[path.Length..]))
            )
                _modules.Add(module);
        }

        if (!root.parameters().Any(p => p.requires_grad))
            throw new InvalidOperationException(ErrorCode.FrozenLayers.Message("Every layer is frozen: there is nothing to train."));
    }

    /// <summary>Whether batch normalisation keeps its running statistics, and normalises by these, in the layers that are trained, too.</summary>
    internal bool HoldsStatistics { get; init; }

    /// <summary>Whether a tensor of the root's state is frozen.</summary>
    internal bool Contains(string name) => _tensors.Contains(name);

    /// <summary>Whether a module computes in training as in evaluation.</summary>
    internal bool Contains(nn.Module module) => _modules.Contains(module) || (HoldsStatistics && IsNormalization(module));

    /// <summary>Sets the frozen layers to evaluation after the root was set to training.</summary>
    internal void Hold()
    {
        foreach (nn.Module module in HoldsStatistics ? _modules.Concat(_root.modules().Where(IsNormalization)) : _modules)
            module.eval();
    }

    private static bool IsNormalization(nn.Module module) => module is BatchNormalization or TorchSharp.Modules.BatchNorm2d;

    private static bool Covers(string layer, string name) =>
        name == layer || (name.Length > layer.Length && name[layer.Length] == '.' && name.StartsWith(layer, StringComparison.Ordinal));
}
