using System.Text.Json;
using Microsoft.ML;

namespace CxrAnnotate.Results;

/// <summary>
/// A cascade of two iterations trained on one fold, with a tenth of the training rows held back for the choice: what both iterations and their mean
/// read in the rows of the fold, and the scores by which the choice is made. A file of JSON.
/// </summary>
internal sealed record ChoiceFold
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    /// <summary>The set that was read.</summary>
    public required string Set { get; init; }

    /// <summary>The fold, from 1, and the number of folds.</summary>
    public required int Fold { get; init; }

    public required int Folds { get; init; }

    /// <summary>The seed of folds and training.</summary>
    public required int Seed { get; init; }

    /// <summary>The validation score of each iteration.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The second iteration against the first.</summary>
    public required IterationEvidence Evidence { get; init; }

    /// <summary>The cases of the fold.</summary>
    public required FoldedCase[] Cases { get; init; }

    /// <summary>The readings of iteration 1, of iteration 2, and by the mean of their probabilities.</summary>
    public required ReaderOutput[] Outputs { get; init; }

    internal static string PathOf(string folder, string set, int seed, int fold) =>
        Path.Combine(folder, FormattableString.Invariant($"{set}.choice-{seed}-{fold}.json"));

    internal void Write(string path) => DurableFile.WriteText(path, JsonSerializer.Serialize(this, _json));

    internal static ChoiceFold Read(string path) =>
        JsonSerializer.Deserialize<ChoiceFold>(File.ReadAllText(path), _json) ?? throw new InvalidDataException($"'{path}' is empty.");

    /// <summary>Trains and reads a fold.</summary>
    /// <param name="context">A context with the seed of the training.</param>
    /// <param name="name">The name of the set.</param>
    /// <param name="set">The set.</param>
    /// <param name="fold">The fold, from 1.</param>
    /// <param name="options">What to train.</param>
    internal static ChoiceFold Train(MLContext context, string name, FoldedSet set, int fold, RecurrentCascadeOptions options)
    {
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView train,
            test;
        if (set.Draws is { } draws)
        {
            (train, test) = draws[fold - 1];
            options = options with { Seed = set.Seed + fold - 1 };
        }
        else
        {
            IDataView mined = cxr.MineLabels(options.MiningOfColumns).Fit(set.Rows).Transform(set.Rows);
            StudySplit split = cxr.Data.CrossValidationSplitByStudy(
                mined,
                set.Folds,
                options.ValidationFraction,
                nameof(RadiographRecord.PatientId),
                seed: set.Seed
            )[fold - 1];
            (train, test) = (split.Train, split.Test);
            options = options with { ValidationData = split.Validation, ValidationFraction = 0 };
        }

        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(train);
        FoldedCase[] cases = [.. set.Test(fold).Select(i => set.Cases[i])];
        IterationRows first = IterationRows.Of(cascade.AtIteration(1).Transform(test), cases),
            second = IterationRows.Of(cascade.AtIteration(2).Transform(test), cases);
        return new ChoiceFold
        {
            Set = name,
            Fold = fold,
            Folds = set.Folds,
            Seed = set.Seed,
            Scores = [.. cascade.Iterations.Select(iteration => iteration.ValidationScore!.Value)],
            Evidence = cascade.Iterations[1].Evidence!,
            Cases = cases,
            Outputs =
            [
                first.Output("iteration 1", cascade.Labels),
                second.Output("iteration 2", cascade.Labels),
                Mean(cascade, first, second).Output("mean", cascade.Labels),
            ],
        };
    }

    /// <summary>
    /// The mean of both iterations' label probabilities; the label is the one with the highest, and the second iteration's decoder writes the
    /// annotation for the mean.
    /// </summary>
    private static IterationRows Mean(RecurrentCascadeTransformer cascade, IterationRows first, IterationRows second)
    {
        float[][] mean = [.. first.Scores.Zip(second.Scores, (one, two) => one.Zip(two, (a, b) => (a + b) / 2).ToArray())];
        AnnotatedImage[] annotated = cascade
            .Models[1]
            .Decoder.Annotate(second.Features, mean, cascade.Labels, withWords: false, withAnnotation: true);
        return new IterationRows(
            second.Features,
            mean,
            [.. mean.Select(scores => cascade.Labels[Array.IndexOf(scores, scores.Max())])],
            [.. annotated.Select(one => string.Join(' ', one.Tokens))]
        );
    }

    private sealed record IterationRows(float[][] Features, float[][] Scores, string[] Labels, string[] Annotations)
    {
        internal static IterationRows Of(IDataView view, FoldedCase[] cases)
        {
            var reader = new ColumnReader(view);
            SingleVectorColumn score = reader.Vector("Score"),
                features = reader.Vector("Features");
            TextColumn annotation = reader.Text("AnnotationTokens"),
                caption = reader.Text("Caption");
            LabelColumn decided = reader.Label("PredictedLabel");
            reader.Read();
            if (!caption.Values.SequenceEqual(cases.Select(one => one.Caption)))
                throw new InvalidOperationException("The rows were not read in the order of the fold.");
            return new(
                [.. features.Values],
                [.. score.Values],
                [.. decided.Truth.Select(row => decided.Names[Array.IndexOf(row, 1f)])],
                [.. annotation.Values]
            );
        }

        internal ReaderOutput Output(string name, IReadOnlyList<string> labels) =>
            new(name, [.. labels], [], [.. Scores.Select((scores, i) => new Reading(Labels[i], scores, Annotations[i], []))]);
    }
}
