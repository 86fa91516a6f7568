using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// AdamW, SGD with momentum and RMSprop, with clipping of the gradient norm. TorchSharp's own optimizers pass numbers to libtorch as objects that the
/// garbage collector may free while libtorch still reads them (see <see cref="HeldScalar"/>).
/// </summary>
internal sealed class WeightOptimizer : IDisposable
{
    private const double Momentum = 0.9;
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Smoothing = 0.95;
    private const double Epsilon = 1e-8;

    private readonly OptimizationOptions _options;
    private readonly string[] _names;
    private readonly Parameter[] _parameters;
    private readonly double[] _factors;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;

    /// <param name="parameters">The parameters to train, with their names.</param>
    /// <param name="options">The optimizer and its parameters.</param>
    /// <param name="rateOf">The factor of the learning rate of a parameter; null is 1 for all.</param>
    internal WeightOptimizer(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        OptimizationOptions options,
        Func<string, double>? rateOf = null
    )
    {
        _options = options;
        (_names, _parameters) = ([.. parameters.Select(p => p.Name)], [.. parameters.Select(p => p.Parameter)]);
        _factors = [.. _names.Select(name => rateOf?.Invoke(name) ?? 1)];
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        _first = options.Optimizer == OptimizerKind.RmsProp ? [] : Zeros();
        _second = options.Optimizer == OptimizerKind.Sgd ? [] : Zeros();
    }

    /// <summary>How often <see cref="Step"/> was called.</summary>
    internal long Steps { get; set; }

    /// <summary>
    /// The running means of the gradients ("first.") and of their squares ("second.") by the names of the parameters; which of them exist depends on
    /// the optimizer.
    /// </summary>
    internal IReadOnlyDictionary<string, Tensor> State =>
        _first
            .Select((tensor, i) => KeyValuePair.Create("first." + _names[i], tensor))
            .Concat(_second.Select((tensor, i) => KeyValuePair.Create("second." + _names[i], tensor)))
            .ToDictionary(StringComparer.Ordinal);

    internal void ZeroGradients()
    {
        foreach (Parameter parameter in _parameters)
            parameter.grad?.zero_();
    }

    /// <summary>Clips the gradients and makes one step. The caller owns the dispose scope.</summary>
    /// <returns>The norm of the gradient before it was clipped, or 0 without clipping. If it is not finite, the step is not made.</returns>
    internal double Step(double rate)
    {
        using var _ = no_grad();
        double norm = Clip();
        if (!double.IsFinite(norm))
            return norm;
        Steps++;
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].grad is not { } gradient)
                continue;
            switch (_options.Optimizer)
            {
                case OptimizerKind.AdamW:
                    AdamW(i, gradient, rate * _factors[i]);
                    break;
                case OptimizerKind.Sgd:
                    Sgd(i, gradient, rate * _factors[i]);
                    break;
                default:
                    RmsProp(i, gradient, rate * _factors[i]);
                    break;
            }
        }

        return norm;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second])
            tensor.Dispose();
    }

    private double Clip()
    {
        if (_options.GradientClip <= 0)
            return 0;
        Tensor[] gradients = [.. _parameters.Select(p => p.grad).OfType<Tensor>()];
        if (gradients.Length == 0)
            return 0;
        double norm = Math.Sqrt(stack(gradients.Select(g => g.mul(g).sum()), 0).sum().Number());
        if (norm > _options.GradientClip && double.IsFinite(norm))
        {
            foreach (Tensor gradient in gradients)
                gradient.TimesInPlace(_options.GradientClip / norm);
        }

        return norm;
    }

    private void AdamW(int i, Tensor gradient, double rate)
    {
        if (_options.WeightDecay > 0)
            _parameters[i].TimesInPlace(1 - (rate * _options.WeightDecay));
        _first[i].TimesInPlace(Beta1).PlusScaledInPlace(gradient, 1 - Beta1);
        _second[i].TimesInPlace(Beta2).PlusProductInPlace(gradient, gradient, 1 - Beta2);
        Tensor scale = _second[i].sqrt().OverInPlace(Math.Sqrt(1 - Math.Pow(Beta2, Steps))).PlusInPlace(Epsilon);
        _parameters[i].PlusQuotientInPlace(_first[i], scale, -rate / (1 - Math.Pow(Beta1, Steps)));
    }

    private void Sgd(int i, Tensor gradient, double rate)
    {
        _first[i].TimesInPlace(Momentum).PlusScaledInPlace(Decayed(i, gradient), 1);
        _parameters[i].PlusScaledInPlace(_first[i], -rate);
    }

    private void RmsProp(int i, Tensor gradient, double rate)
    {
        Tensor decayed = Decayed(i, gradient);
        _second[i].TimesInPlace(Smoothing).PlusProductInPlace(decayed, decayed, 1 - Smoothing);
        _parameters[i].PlusQuotientInPlace(decayed, _second[i].sqrt().PlusInPlace(Epsilon), -rate);
    }

    private Tensor Decayed(int i, Tensor gradient) =>
        _options.WeightDecay == 0 ? gradient : gradient.PlusScaled(_parameters[i], _options.WeightDecay);

    private Tensor[] Zeros() => [.. _parameters.Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
}
