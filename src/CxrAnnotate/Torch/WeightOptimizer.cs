using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// AdamW, SGD with momentum and RMSprop, and the clipping of the gradient's norm. TorchSharp's own pass numbers to libtorch as scalars that the garbage collector may free
/// while libtorch still reads them (see <see cref="HeldScalar"/>). Here every scalar is held until its use is over.
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
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;

    /// <param name="parameters">The parameters to train, with their names.</param>
    /// <param name="options">The optimizer and its numbers.</param>
    internal WeightOptimizer(IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizationOptions options)
    {
        _options = options;
        (_names, _parameters) = ([.. parameters.Select(p => p.Name)], [.. parameters.Select(p => p.Parameter)]);
        using var _ = no_grad();
        _first = options.Optimizer == OptimizerKind.RmsProp ? [] : Zeros();
        _second = options.Optimizer == OptimizerKind.Sgd ? [] : Zeros();
    }

    /// <summary>How often <see cref="Step"/> was called.</summary>
    internal long Steps { get; set; }

    /// <summary>The running means of the gradients ("first.") and of their squares ("second.") by the names of the parameters; which of them there are depends on the optimizer.</summary>
    internal IReadOnlyDictionary<string, Tensor> State => _first.Select((tensor, i) => KeyValuePair.Create("first." + _names[i], tensor))
        .Concat(_second.Select((tensor, i) => KeyValuePair.Create("second." + _names[i], tensor))).ToDictionary(StringComparer.Ordinal);

    internal void ZeroGradients()
    {
        foreach (Parameter parameter in _parameters)
            parameter.grad?.zero_();
    }

    /// <summary>One step down the gradients, clipped first. The caller owns the dispose scope.</summary>
    internal void Step(double rate)
    {
        using var _ = no_grad();
        Clip();
        Steps++;
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].grad is not { } gradient)
                continue;
            switch (_options.Optimizer)
            {
                case OptimizerKind.AdamW:
                    AdamW(i, gradient, rate);
                    break;
                case OptimizerKind.Sgd:
                    Sgd(i, gradient, rate);
                    break;
                default:
                    RmsProp(i, gradient, rate);
                    break;
            }
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second])
            tensor.Dispose();
    }

    private void Clip()
    {
        if (_options.GradientClip <= 0)
            return;
        Tensor[] gradients = [.. _parameters.Select(p => p.grad).OfType<Tensor>()];
        if (gradients.Length == 0)
            return;
        double norm = Math.Sqrt(stack(gradients.Select(g => g.mul(g).sum()), 0).sum().ToDouble());
        if (!(norm > _options.GradientClip))
            return;
        using Scalar factor = (_options.GradientClip / norm).ToScalar();
        foreach (Tensor gradient in gradients)
            gradient.mul_(factor);
    }

    private void AdamW(int i, Tensor gradient, double rate)
    {
        using Scalar shrink = (1 - (rate * _options.WeightDecay)).ToScalar();
        using Scalar beta1 = Beta1.ToScalar();
        using Scalar rest1 = (1 - Beta1).ToScalar();
        using Scalar beta2 = Beta2.ToScalar();
        using Scalar rest2 = (1 - Beta2).ToScalar();
        using Scalar correction = Math.Sqrt(1 - Math.Pow(Beta2, Steps)).ToScalar();
        using Scalar epsilon = Epsilon.ToScalar();
        using Scalar step = (-rate / (1 - Math.Pow(Beta1, Steps))).ToScalar();
        if (_options.WeightDecay > 0)
            _parameters[i].mul_(shrink);
        _first[i].mul_(beta1).add_(gradient, rest1);
        _second[i].mul_(beta2).addcmul_(gradient, gradient, rest2);
        _parameters[i].addcdiv_(_first[i], _second[i].sqrt().div_(correction).add_(epsilon, HeldScalar.One), step);
    }

    private void Sgd(int i, Tensor gradient, double rate)
    {
        using Scalar momentum = Momentum.ToScalar();
        using Scalar step = (-rate).ToScalar();
        _first[i].mul_(momentum).add_(Decayed(i, gradient), HeldScalar.One);
        _parameters[i].add_(_first[i], step);
    }

    private void RmsProp(int i, Tensor gradient, double rate)
    {
        using Scalar smoothing = Smoothing.ToScalar();
        using Scalar rest = (1 - Smoothing).ToScalar();
        using Scalar epsilon = Epsilon.ToScalar();
        using Scalar step = (-rate).ToScalar();
        Tensor decayed = Decayed(i, gradient);
        _second[i].mul_(smoothing).addcmul_(decayed, decayed, rest);
        _parameters[i].addcdiv_(decayed, _second[i].sqrt().add_(epsilon, HeldScalar.One), step);
    }

    private Tensor Decayed(int i, Tensor gradient)
    {
        if (_options.WeightDecay == 0)
            return gradient;
        using Scalar decay = _options.WeightDecay.ToScalar();
        return gradient.add(_parameters[i], decay);
    }

    private Tensor[] Zeros() => [.. _parameters.Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
}
