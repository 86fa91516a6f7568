using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class WeightOptimizerTests
{
    public WeightOptimizerTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(OptimizerKind.AdamW, 0.0)]
    [InlineData(OptimizerKind.AdamW, 0.3)]
    [InlineData(OptimizerKind.Sgd, 0.0)]
    [InlineData(OptimizerKind.Sgd, 0.3)]
    [InlineData(OptimizerKind.RmsProp, 0.0)]
    [InlineData(OptimizerKind.RmsProp, 0.3)]
    public void Steps_equal_TorchSharps_own(OptimizerKind kind, double decay)
    {
        using Parameter mine = new(tensor([1f, -2f, 3f])), theirs = new(tensor([1f, -2f, 3f]));
        using var optimizer = new WeightOptimizer([("mine", mine)], new() { Optimizer = kind, WeightDecay = decay, GradientClip = 2 });
        using optim.Optimizer oracle = kind switch
        {
            OptimizerKind.AdamW => optim.AdamW([theirs], 0.05, weight_decay: decay),
            OptimizerKind.Sgd => optim.SGD([theirs], 0.05, momentum: 0.9, weight_decay: decay),
            _ => optim.RMSProp([theirs], 0.05, alpha: 0.95, eps: 1e-8, weight_decay: decay),
        };
        for (int step = 0; step < 6; step++)
        {
            using var _ = NewDisposeScope();
            optimizer.ZeroGradients();
            oracle.zero_grad();
            Tensor aim = tensor([0.5f * step, 1, -1]);
            (mine - aim).mul(mine - aim).sum().backward();
            (theirs - aim).mul(theirs - aim).sum().backward();
            nn.utils.clip_grad_norm_([theirs], 2);
            optimizer.Step(0.05);
            oracle.step();
            Assert.All(theirs.data<float>().ToArray().Zip(mine.data<float>().ToArray()), p => Assert.Equal(p.First, p.Second, 1e-5f));
        }
    }
}
