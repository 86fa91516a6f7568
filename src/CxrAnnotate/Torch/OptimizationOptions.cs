namespace CxrAnnotate;

/// <summary>The optimizers that the trainers offer.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum 0.9, as in the paper.</summary>
    Sgd,

    /// <summary>RMSprop with smoothing 0.95, as the paper's decoder was trained.</summary>
    RmsProp,
}

/// <summary>How the learning rate decreases during training.</summary>
public enum ScheduleKind
{
    /// <summary>Linear warm-up, then half a cosine down to a hundredth of the peak.</summary>
    Cosine,

    /// <summary>Divided by three at a third, two thirds and 99 % of the epochs, as in the paper (epochs 33, 66 and 99 of 100).</summary>
    Step,

    /// <summary>The same rate throughout.</summary>
    Constant,
}

/// <summary>How a network's weights are fitted. Shared by the image classifier and the context decoder.</summary>
public sealed record OptimizationOptions
{
    /// <summary>The default number of epochs of the stages and the tool.</summary>
    internal const int DefaultEpochs = 24;

    /// <summary>
    /// Logistic regression on standardised features that are divided by the square root of their number; the weight decay is its L2 penalty. Such
    /// features have a mean squared length of 1, so that this rate is stable; so many epochs are needed for the small weight decay to take effect.
    /// </summary>
    internal static OptimizationOptions Regression { get; } =
        new()
        {
            Epochs = 300,
            BatchSize = 64,
            Optimizer = OptimizerKind.Sgd,
            LearningRate = 5,
            WeightDecay = 1e-4,
            GradientClip = 0,
        };

    /// <value>Passes over the rebalanced stream of rows, at least 1. The default value is 24.</value>
    public int Epochs { get; init; } = DefaultEpochs;

    /// <value>Rows in a mini-batch, at least 1. The default value is 32.</value>
    public int BatchSize { get; init; } = 32;

    /// <value>The optimizer. The default value is <see cref="OptimizerKind.AdamW"/>.</value>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <value>The peak learning rate, above 0. The default value is 0.001.</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <value>The schedule. The default value is <see cref="ScheduleKind.Cosine"/>.</value>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <value>The fraction of all steps over which the rate rises from zero, 0 to 0.5 (cosine only). The default value is 0.05.</value>
    public double WarmUp { get; init; } = 0.05;

    /// <value>Weight decay, 0 or more. The default value is 0.01.</value>
    public double WeightDecay { get; init; } = 0.01;

    /// <value>The largest norm of the whole gradient; 0 does not clip. The default value is 5.</value>
    public double GradientClip { get; init; } = 5;

    /// <value>Decay of the exponential moving average of the weights that is kept as the model, 0 to below 1; 0 keeps the last weights. The default
    /// value is 0.</value>
    public double WeightAverage { get; init; }

    /// <value>Early stopping: after this many epochs without a better validation score, training stops and the best epoch's weights are kept; needs a
    /// validation view. 0 runs all epochs and keeps the last weights. The default value is 0.</value>
    public int Patience { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        OptionChecks.Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "above 0");
        OptionChecks.Require(WarmUp is >= 0 and <= 0.5, nameof(WarmUp), WarmUp, "from 0 to 0.5");
        OptionChecks.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        OptionChecks.Require(GradientClip >= 0, nameof(GradientClip), GradientClip, "0 or more");
        OptionChecks.Require(WeightAverage is >= 0 and < 1, nameof(WeightAverage), WeightAverage, "from 0 to below 1");
        ArgumentOutOfRangeException.ThrowIfNegative(Patience);
    }
}
