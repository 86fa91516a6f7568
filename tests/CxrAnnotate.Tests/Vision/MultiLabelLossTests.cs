using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class MultiLabelLossTests
{
    private static readonly float[] Logits = [0.4f, -2.5f, 3f, -0.2f, 1.1f, -6f],
        Targets = [1, 0, 0, float.NaN, 1, 0],
        Weights = [2, 1, 3];

    [Theory]
    [
        InlineData(BinaryLoss.CrossEntropy, 0.05),
        InlineData(BinaryLoss.Focal, 0.05),
        InlineData(BinaryLoss.Asymmetric, 0.05),
        InlineData(BinaryLoss.Asymmetric, 0)
    ]
    public void The_losses_are_those_of_their_papers(BinaryLoss loss, double margin)
    {
        var options = new MultiLabelOptions
        {
            Loss = loss,
            FocalExponent = 1.5,
            PositiveExponent = 0.5,
            NegativeExponent = 3,
            ProbabilityMargin = margin,
        };
        double expected = 0;
        for (int i = 0; i < Logits.Length; i++)
        {
            double p = 1 / (1 + Math.Exp(-Logits[i])),
                shifted = Math.Max(p - margin, 0);
            expected += float.IsNaN(Targets[i])
                ? 0
                : (loss, Targets[i]) switch
                {
                    (BinaryLoss.CrossEntropy, 1) => -Weights[i % 3] * Math.Log(p),
                    (BinaryLoss.CrossEntropy, _) => -Math.Log(1 - p),
                    (BinaryLoss.Focal, 1) => -Weights[i % 3] * Math.Pow(1 - p, 1.5) * Math.Log(p),
                    (BinaryLoss.Focal, _) => -Math.Pow(p, 1.5) * Math.Log(1 - p),
                    (_, 1) => -Weights[i % 3] * Math.Pow(1 - p, 0.5) * Math.Log(p),
                    _ => -Math.Pow(shifted, 3) * Math.Log(1 - shifted),
                };
        }

        using var _ = NewDisposeScope();
        Tensor logits = tensor(Logits).reshape(2, 3);
        Assert.Equal(expected / 2, new MultiLabelLoss(options, Weights, CPU).Of(logits, Targets).Number(), 1e-5);
    }

    [Theory]
    [InlineData(BinaryLoss.CrossEntropy), InlineData(BinaryLoss.Focal), InlineData(BinaryLoss.Asymmetric)]
    public void Unknown_findings_have_no_gradient_and_extreme_logits_stay_finite(BinaryLoss loss)
    {
        using var _ = NewDisposeScope();
        Tensor logits = tensor([90f, -90f, 90f, -90f, 5f, -5f], requires_grad: true);
        new MultiLabelLoss(new() { Loss = loss }, [1, 1, 1, 1, 1, 1], CPU).Of(logits.reshape(1, 6), [1, 1, 0, 0, float.NaN, float.NaN]).backward();
        float[] gradient = logits.grad!.Floats();
        Assert.All(gradient, g => Assert.True(float.IsFinite(g)));
        Assert.Equal([0f, 0f], gradient[4..]);
        Assert.True(gradient[1] < 0 && gradient[2] >= 0);
    }
}
