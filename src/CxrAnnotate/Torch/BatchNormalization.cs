using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Batch normalisation of [B, C, ...] over all axes but the channels, with running statistics: results, tensor names and initial values equal
/// torch's. TorchSharp's own module counts batches with a scalar that the garbage collector may free during the call (docs/adr/0009).
/// </summary>
internal sealed class BatchNormalization : nn.Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;

    // The names of the tensors in files; TorchSharp replaces the fields when the module moves to another device.
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;
    private readonly Tensor num_batches_tracked;

    /// <param name="channels">Number of channels, C.</param>
    /// <param name="epsilon">Added to the variance for numerical stability.</param>
    /// <param name="fromZero">Whether the scale starts from 0 instead of 1.</param>
    internal BatchNormalization(long channels, double epsilon = 1e-5, bool fromZero = false)
        : base(nameof(BatchNormalization))
    {
        Epsilon = epsilon;
        weight = new Parameter(fromZero ? zeros(channels) : ones(channels));
        bias = new Parameter(zeros(channels));
        running_mean = zeros(channels);
        running_var = ones(channels);
        num_batches_tracked = tensor(0L);
        RegisterComponents();
    }

    /// <summary>Added to the variance for numerical stability.</summary>
    internal double Epsilon { get; }

    internal Parameter Scale => weight;

    internal Parameter Shift => bias;

    internal Tensor RunningMean => running_mean;

    internal Tensor RunningVariance => running_var;

    public override Tensor forward(Tensor input)
    {
        if (training)
            num_batches_tracked.CountUp();
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training, Momentum, Epsilon);
    }
}
