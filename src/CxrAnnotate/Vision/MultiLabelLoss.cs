using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The multi-label loss; see <see cref="BinaryLoss"/>. Numbers are tensors, since TorchSharp's scalars are not safe (docs/adr/0009).
/// </summary>
internal sealed class MultiLabelLoss(MultiLabelOptions options, float[] positiveWeights, Device device)
{
    /// <summary>The sum over the known findings, divided by the number of rows.</summary>
    /// <param name="logits">[B, K].</param>
    /// <param name="targets">B * K values: 1 present, 0 absent, NaN unknown.</param>
    internal Tensor Of(Tensor logits, float[] targets)
    {
        long rows = logits.shape[0];
        Tensor present = Mask(value => value == 1),
            absent = Mask(value => value == 0);
        // log p and log(1 - p), without overflow.
        Tensor logP = nn.functional.logsigmoid(logits),
            logQ = nn.functional.logsigmoid(logits.neg());
        Tensor positive = logP,
            negative = logQ;
        switch (options.Loss)
        {
            case BinaryLoss.Focal:
                positive = Focused(positive, logQ, options.FocalExponent);
                negative = Focused(negative, logP, options.FocalExponent);
                break;
            case BinaryLoss.Asymmetric:
                positive = Focused(positive, logQ, options.PositiveExponent);
                if (options.ProbabilityMargin > 0)
                {
                    Tensor shifted = logP.exp().Plus(tensor((float)-options.ProbabilityMargin, device: device)).relu();
                    logP = maximum(shifted, tensor(1e-8f, device: device)).log();
                    negative = tensor(1f, device: device).Plus(shifted.neg()).log();
                }

                negative = Focused(negative, logP, options.NegativeExponent);
                break;
        }

        Tensor weights = tensor(positiveWeights, device: device);
        return positive.mul(present).mul(weights).Plus(negative.mul(absent)).sum().Times(-1.0 / rows);

        Tensor Mask(Func<float, bool> holds) => tensor(Array.ConvertAll(targets, value => holds(value) ? 1f : 0f)).reshape(rows, -1).to(device);
    }

    /// <summary>A log-probability times the other outcome's probability to a power.</summary>
    private static Tensor Focused(Tensor log, Tensor logOther, double exponent) => exponent == 0 ? log : log.mul(logOther.Times(exponent).exp());
}
