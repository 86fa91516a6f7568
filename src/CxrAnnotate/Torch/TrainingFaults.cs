using System.Globalization;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Diagnoses why a training produced non-finite numbers.</summary>
internal static class TrainingFaults
{
    /// <summary>A larger weight is a sign that the steps were too large.</summary>
    private const double LargeWeight = 1e4;

    /// <summary>The error for a non-finite loss, before its step is made.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="place">The batch, in words.</param>
    /// <param name="fault">What is wrong with the batch's input; null if nothing is.</param>
    /// <param name="module">The network with the weights that the loss was computed with.</param>
    /// <param name="steps">Steps of the optimizer so far.</param>
    /// <param name="rate">The learning rate of the last step.</param>
    internal static InvalidOperationException Loss(double loss, string place, string? fault, nn.Module module, long steps, double rate)
    {
        string what = FormattableString.Invariant($"The loss of {place} is {loss}: ");
        if (fault is not null)
            return Error(what + $"{fault}. The weights are not the cause.");
        if (NotFinite(module) is { } name)
        {
            return Error(
                what
                    + (
                        steps == 0
                            ? $"the initial weights are not finite ('{name}'). Use other initial weights."
                            : string.Create(CultureInfo.InvariantCulture,
                                $"the weights are not finite ('{name}') after {steps} steps, the last with a learning rate of {rate:G3}. Use a "
                                    + $"lower learning rate, or a GradientClip above 0."
                            )
                    )
            );
        }

        var (largest, size) = Largest(module);
        return Error(
            what
                + (
                    size > LargeWeight
                        ? string.Create(CultureInfo.InvariantCulture,
                            $"input and weights are finite, but the weights have grown to {size:G3} ('{largest}') in {steps} steps, the last with "
                                + $"a learning rate of {rate:G3}. Use a lower learning rate or a smaller GradientClip."
                        )
                        : string.Create(CultureInfo.InvariantCulture,
                            $"input and weights are finite (the largest weight is {size:G3}, '{largest}'), so the network's own computation left "
                                + $"the range of single precision. Check the values of the images or features for extremes."
                        )
                )
        );
    }

    /// <summary>The error for a non-finite gradient of a finite loss.</summary>
    internal static InvalidOperationException Gradient(double norm, double loss, string place) =>
        Error(
            string.Create(CultureInfo.InvariantCulture,
                $"The gradient of {place} has the norm {norm}, though the loss ({loss:G4}) is finite: its computation left the range of single "
                    + $"precision. The step was not made. Use a lower learning rate, so that the weights stay smaller."
            )
        );

    /// <summary>The error for non-finite weights after an epoch of finite losses.</summary>
    internal static InvalidOperationException? Weights(int epoch, nn.Module module, double rate) =>
        NotFinite(module) is not { } name
            ? null
            : Error(
                string.Create(CultureInfo.InvariantCulture,
                    $"After epoch {epoch} the weights are not finite ('{name}'), though its losses were; the last step had a learning rate of "
                        + $"{rate:G3}. Use a lower learning rate, or a GradientClip above 0."
                )
            );

    /// <summary>The warning about a loss that grew instead of falling; null if it did not.</summary>
    internal static string? Growth(TrainingHistory history, double? firstBatch)
    {
        IReadOnlyList<EpochReport> epochs = history.Epochs;
        if (epochs.Count == 0)
            return null;
        string advice = string.Create(CultureInfo.InvariantCulture,
            $" The model may be no better than an untrained one. Use a lower learning rate (the highest was {epochs.Max(e => e.LearningRate):G3}), "
                + $"or a smaller GradientClip."
        );
        if (history.Diverged)
        {
            int last = history.LastEpochs;
            return string.Create(CultureInfo.InvariantCulture,
                    $"The loss grew instead of falling: {epochs[0].TrainLoss:G4} in epoch 1, {epochs.TakeLast(last).Average(e => e.TrainLoss):G4} "
                        + $"in the last {(last == 1 ? "epoch" : $"{last} of {epochs.Count} epochs")}."
                ) + advice;
        }

        // A single epoch can only be compared with its first batch, so only a large difference counts.
        return epochs.Count == 1 && firstBatch is { } before && epochs[0].TrainLoss > (2 * before) + 1
            ? FormattableString.Invariant(
                $"The loss grew instead of falling: {before:G4} in the first mini-batch, {epochs[0].TrainLoss:G4} on average over the epoch."
            ) + advice
            : null;
    }

    private static InvalidOperationException Error(string text) => new(ErrorCode.LossNotFinite.Message(text));

    private static string? NotFinite(nn.Module module) =>
        module
            .state_dict()
            .Where(p => p.Value.is_floating_point() && !Array.TrueForAll(p.Value.Floats(), float.IsFinite))
            .Select(p => p.Key)
            .FirstOrDefault();

    private static (string Name, double Size) Largest(nn.Module module) =>
        module
            .named_parameters()
            .Select(p => (Name: p.name, Size: (double)p.parameter.Floats().Select(Math.Abs).DefaultIfEmpty().Max()))
            .MaxBy(p => p.Size);
}
