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
        IEnumerable<(IDataView, IDataView?, IDataView)> splits = new DataCatalog(context)
            .CrossValidationSplitByStudy(rows, folds, options.ValidationFraction, groupColumnName, seed: splitSeed)
            .Select(split => (split.Train, options.ValidationFraction > 0 ? split.Validation : null, split.Test));
        return Run(context, splits, _ => options, foldStarts, withControl);
    }

    /// <summary>Trains and reads splits of labelled rows.</summary>
    /// <param name="context">The context.</param>
    /// <param name="splits">The rows of each fold.</param>
    /// <param name="optionsOf">The options of a fold (from 1), of the same number of iterations.</param>
    /// <param name="foldStarts">Called with each fold.</param>
    /// <param name="withControl">Whether a control is trained for each fold.</param>
    internal static CascadeCrossValidation Run(
        MLContext context,
        IEnumerable<(IDataView Train, IDataView? Validation, IDataView Test)> splits,
        Func<int, RecurrentCascadeOptions> optionsOf,
        Action<int>? foldStarts,
        bool withControl
    )
    {
        int iterations = optionsOf(1).Iterations;
        var pooled = Enumerable.Range(0, iterations).Select(_ => new OutOfFoldReadings(context)).ToList();
        var chosen = new OutOfFoldReadings(context);
        OutOfFoldReadings? controls = withControl && iterations > 1 ? new OutOfFoldReadings(context) : null;
        var reports = new List<IReadOnlyList<CascadeIterationReport>>();
        foreach (var (train, validation, test) in splits)
        {
            int fold = reports.Count + 1;
            foldStarts?.Invoke(fold);
            RecurrentCascadeOptions options = optionsOf(fold);
            CheckpointOptions? checkpoints = options.Checkpoints is { } kept
                ? kept with
                {
                    Folder = Path.Combine(kept.Folder, FormattableString.Invariant($"fold-{fold}")),
                }
                : null;
            RecurrentCascadeOptions here = options with
            {
                Checkpoints = checkpoints,
                ValidationData = validation,
                ValidationFraction = 0,
            };
            var estimator = new RecurrentCascadeEstimator(context, here);
            using RecurrentCascadeTransformer model = estimator.Fit(train);
            for (int i = 0; i < pooled.Count; i++)
                pooled[i].Add(model.AtIteration(i + 1).Transform(test), options.Cancellation);
            chosen.Add(model.Transform(test), options.Cancellation);
            if (controls is not null)
            {
                using RecurrentCascadeTransformer control = estimator.FitControl(train, model);
                controls.Add(control.AtIteration(iterations).Transform(test), options.Cancellation);
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
