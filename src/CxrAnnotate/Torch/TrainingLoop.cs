using System.Diagnostics;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The training loop of the image networks and the decoders: epochs of mini-batches, learning-rate schedule, clipping, weight averaging, validation,
/// early stopping, cancellation, progress, checkpoints. After <see cref="Run"/> the module is in eval mode and holds the kept weights.
/// </summary>
internal sealed class TrainingLoop(nn.Module module, ITrainingProblem problem, OptimizationOptions options)
{
    /// <summary>Called after every epoch.</summary>
    internal Action<EpochReport>? EpochEnded { get; init; }

    /// <summary>Called after every mini-batch with (epoch from 1, rows done in it, rows in it, running mean loss).</summary>
    internal Action<int, int, int, double>? BatchEnded { get; init; }

    /// <summary>Layers that are not trained.</summary>
    internal FrozenLayers? Frozen { get; init; }

    /// <summary>The factor of the learning rate of a parameter, by its name; null is 1 for all.</summary>
    internal Func<string, double>? RateOf { get; init; }

    /// <summary>Called when the loss grew instead of falling.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>Saves the state after an epoch, and restores it to resume; null for no checkpoints.</summary>
    internal TrainingCheckpoints? Checkpoints { get; init; }

    internal TrainingHistory Run(CancellationToken cancellation)
    {
        using var optimizer = new WeightOptimizer(module.named_parameters().Where(p => p.parameter.requires_grad), options, RateOf);
        using var average = options.WeightAverage > 0 ? new WeightAverage(module, options.WeightAverage, Frozen) : null;
        using var best = new WeightStore(module);
        var reports = new List<EpochReport>();
        double bestScore = double.NegativeInfinity;
        int bestEpoch = 0;
        int first = 0;
        double? firstBatch = null;
        if (Checkpoints?.Restore(module, optimizer, average, best) is { } state)
        {
            (first, bestScore, bestEpoch) = (state.EpochsDone, state.BestScore, state.BestEpoch);
            reports.AddRange(state.Epochs);
            if (state.Finished)
            {
                module.eval();
                return new TrainingHistory(reports, bestEpoch);
            }
        }

        IEpochSeeded[] random = [.. module.modules().Prepend(module).OfType<IEpochSeeded>().Distinct()];
        for (int epoch = first; epoch < options.Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            module.train();
            Frozen?.Hold();
            foreach (IEpochSeeded drawing in random)
                drawing.BeginEpoch(epoch);
            int rows = problem.BeginEpoch(epoch);
            int minimum = problem.MinimumRows;
            if (rows > 0 && (rows < minimum || options.BatchSize < minimum))
                throw TooSmall(rows, minimum);
            int batches = MiniBatches.Number(rows, options.BatchSize, minimum);
            var clock = Stopwatch.StartNew();
            double lossSum = 0;
            double rate = 0;
            for (int batch = 0, start = 0; start < rows; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = MiniBatches.CountAt(start, rows, options.BatchSize, minimum);
                double before = rate;
                rate = RateAt(epoch, (double)(((long)epoch * batches) + batch) / ((long)options.Epochs * batches));
                using (NewDisposeScope())
                {
                    optimizer.ZeroGradients();
                    Tensor loss = problem.Loss(start, count);
                    loss.backward();
                    double value = loss.Number();
                    if (!double.IsFinite(value))
                        throw TrainingFaults.Loss(
                            value,
                            Place(),
                            problem.FaultOf(start, count),
                            module,
                            optimizer.Steps,
                            batch == 0 ? reports.LastOrDefault()?.LearningRate ?? 0 : before
                        );
                    double norm = optimizer.Step(rate);
                    if (!double.IsFinite(norm))
                        throw TrainingFaults.Gradient(norm, value, Place());
                    lossSum += value * count;
                    firstBatch ??= first == 0 ? value : null;
                }

                average?.Update();
                start += count;
                BatchEnded?.Invoke(epoch + 1, start, rows, lossSum / start);

                string Place() => $"mini-batch {batch + 1} of {batches} (rows {start + 1} to {start + count}) in epoch {epoch + 1}";
            }

            if (TrainingFaults.Weights(epoch + 1, module, rate) is { } fault)
                throw fault;
            double seconds = clock.Elapsed.TotalSeconds;
            (double Loss, double Score)? validation;
            using (average?.Apply())
            {
                module.eval();
                using (no_grad())
                using (NewDisposeScope())
                    validation = problem.Validate();
                // Without early stopping the last weights are kept: the best of many epochs on a small validation view is the best by chance.
                double score = options.Patience > 0 && validation is not null ? validation.Value.Score : epoch;
                if (score > bestScore)
                {
                    bestScore = score;
                    bestEpoch = epoch + 1;
                    best.Save();
                }
            }

            var report = new EpochReport(
                epoch + 1,
                rows == 0 ? 0 : lossSum / rows,
                validation?.Loss,
                validation?.Score,
                rate,
                rows / Math.Max(seconds, 1e-9)
            )
            {
                Steps = optimizer.Steps,
            };
            reports.Add(report);
            EpochEnded?.Invoke(report);
            if (validation is not null && options.Patience > 0 && epoch + 1 - bestEpoch >= options.Patience)
                break;
            // The checkpoint after the last epoch is written at the end. Without early stopping the weights to keep are the current ones or their
            // average.
            if (epoch + 1 < options.Epochs && Checkpoints?.IsDue(epoch + 1) == true)
                Checkpoints.Save(State(finished: false), module, optimizer, average, options.Patience > 0 ? best : null);
        }

        best.Restore();
        module.eval();
        Checkpoints?.Save(State(finished: true), module, optimizer, average, null);
        var history = new TrainingHistory(reports, bestEpoch);
        if (TrainingFaults.Growth(history, firstBatch) is { } growth)
            Warn(growth);
        return history;

        TrainingState State(bool finished) =>
            new()
            {
                Network = Checkpoints!.Network,
                EpochsDone = reports.Count,
                Finished = finished,
                BestScore = bestScore,
                BestEpoch = bestEpoch,
                OptimizerSteps = optimizer.Steps,
                AverageSteps = average?.Steps ?? 0,
                Epochs = reports,
            };
    }

    private InvalidOperationException TooSmall(int rows, int minimum) =>
        new(
            ErrorCode.TooFewRows.Message(
                rows < minimum
                    ? $"An epoch has {rows} {(rows == 1 ? "row" : "rows")} to train on; batch normalisation needs {minimum} or more at a time, "
                        + $"since it has one value per channel of each image of this size. Train on more rows, or with a larger CropSize."
                    : $"BatchSize is {options.BatchSize}; batch normalisation needs {minimum} rows or more at a time, since it has one value per "
                        + $"channel of each image of this size. Use larger mini-batches or a larger CropSize."
            )
        );

    private double RateAt(int epoch, double progress) =>
        options.Schedule switch
        {
            ScheduleKind.Cosine when progress < options.WarmUp => options.LearningRate * (progress + 1e-3) / (options.WarmUp + 1e-3),
            ScheduleKind.Cosine => options.LearningRate
                * (0.01 + (0.99 * 0.5 * (1 + Math.Cos(Math.PI * (progress - options.WarmUp) / (1 - options.WarmUp))))),
            ScheduleKind.Step => options.LearningRate
                / Math.Pow(
                    3,
                    ((double)epoch / options.Epochs) switch
                    {
                        < 0.33 => 0,
                        < 0.66 => 1,
                        < 0.99 => 2,
                        _ => 3,
                    }
                ),
            _ => options.LearningRate,
        };
}
