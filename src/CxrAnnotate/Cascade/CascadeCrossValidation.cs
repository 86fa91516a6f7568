using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The readings of a cross-validation of the cascade: every row is read once, by a model trained without its patient.</summary>
public sealed class CascadeCrossValidation
{
    internal CascadeCrossValidation(
        IReadOnlyList<IDataView> iterations,
        IDataView chosen,
        IDataView? control,
        IReadOnlyList<IReadOnlyList<CascadeIterationReport>> folds
    )
    {
        Iterations = iterations;
        Chosen = chosen;
        Control = control;
        Folds = folds;
    }

    /// <summary>
    /// For each iteration of the cascade the readings of all rows, for <c>Evaluate</c> (or two of them for <c>Compare</c>). Rows without a readable
    /// image are omitted.
    /// </summary>
    public IReadOnlyList<IDataView> Iterations { get; }

    /// <summary>The readings of the iterations chosen by each training's validation rows.</summary>
    public IDataView Chosen { get; }

    /// <summary>
    /// The readings of the last iteration of the controls, which are trained as long, but without relabeling
    /// (<see cref="RecurrentCascadeEstimator.FitControl"/>); null if none were asked for, or if there is only one iteration.
    /// </summary>
    public IDataView? Control { get; }

    /// <summary>The iterations of each training.</summary>
    public IReadOnlyList<IReadOnlyList<CascadeIterationReport>> Folds { get; }

    internal static CascadeCrossValidation Run(
        MLContext context,
        IDataView rows,
        RecurrentCascadeOptions options,
        int folds,
        string groupColumnName,
        int splitSeed,
        Action<int>? foldStarts,
        bool withControl
    )
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (rows.Schema.GetColumnOrNull(options.Classifier.LabelColumnName) is null)
            rows = new MineLabelsEstimator(context, options.MiningOfColumns).Fit(rows).Transform(rows);
        var pooled = Enumerable.Range(0, options.Iterations).Select(_ => new OutOfFoldReadings(context)).ToList();
        var chosen = new OutOfFoldReadings(context);
        OutOfFoldReadings? controls = withControl && options.Iterations > 1 ? new OutOfFoldReadings(context) : null;
        var reports = new List<IReadOnlyList<CascadeIterationReport>>();
        int fold = 0;
        foreach (
            StudySplit split in new DataCatalog(context).CrossValidationSplitByStudy(
                rows,
                folds,
                options.ValidationFraction,
                groupColumnName,
                seed: splitSeed
            )
        )
        {
            foldStarts?.Invoke(++fold);
            CheckpointOptions? checkpoints = options.Checkpoints is { } kept
                ? kept with
                {
                    Folder = Path.Combine(kept.Folder, FormattableString.Invariant($"fold-{reports.Count + 1}")),
                }
                : null;
            RecurrentCascadeOptions here = options with
            {
                Checkpoints = checkpoints,
                ValidationData = options.ValidationFraction > 0 ? split.Validation : null,
                ValidationFraction = 0,
            };
            var estimator = new RecurrentCascadeEstimator(context, here);
            using RecurrentCascadeTransformer model = estimator.Fit(split.Train);
            for (int i = 0; i < pooled.Count; i++)
                pooled[i].Add(model.AtIteration(i + 1).Transform(split.Test), options.Cancellation);
            chosen.Add(model.Transform(split.Test), options.Cancellation);
            if (controls is not null)
            {
                using RecurrentCascadeTransformer control = estimator.FitControl(split.Train, model);
                controls.Add(control.AtIteration(options.Iterations).Transform(split.Test), options.Cancellation);
            }

            reports.Add(model.Iterations);
        }

        if (chosen.Missing > 0)
            StageLog.Warn(
                context,
                nameof(CascadeCrossValidation),
                $"{Plural.Of(chosen.Missing, "row is", "rows are")} omitted from the readings, because "
                    + $"{(chosen.Missing == 1 ? "its image" : "their images")} could not be read."
            );

        return new CascadeCrossValidation([.. pooled.Select(p => p.ToView())], chosen.ToView(), controls?.ToView(), reports);
    }
}
