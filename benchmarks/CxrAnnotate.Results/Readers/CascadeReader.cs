using Microsoft.ML;

namespace CxrAnnotate.Results;

/// <summary>
/// The library's cascade by <see cref="ChestXrayCatalog.CrossValidateCascade"/>: the readings of its last iteration under the reader's name, those
/// of the first, and those of the control. Draws of phantoms are trained and read one by one.
/// </summary>
/// <param name="name">The reader's name.</param>
/// <param name="options">What to train; the seed is the context's, or that of the draw.</param>
/// <param name="isForPhantoms">Whether it reads phantoms; otherwise it reads radiographs.</param>
internal sealed class CascadeReader(string name, RecurrentCascadeOptions options, bool isForPhantoms = false) : IReader
{
    /// <summary>What follows the reader's name in that of an output.</summary>
    internal const string FirstSuffix = ", iteration 1",
        ControlSuffix = ", control";

    public string Name => name;

    public bool CanRead(FoldedSet set) => set.Draws is not null == isForPhantoms;

    public IReadOnlyList<ReaderOutput> Read(MLContext context, FoldedSet set) =>
        set.Draws is { } draws ? ReadDraws(context, set, draws) : ReadFolds(context, set);

    private ReaderOutput[] ReadDraws(MLContext context, FoldedSet set, IReadOnlyList<(IDataView Train, IDataView Test)> draws)
    {
        OutOfFoldReadings[] pooled = [.. Enumerable.Range(0, 3).Select(_ => new OutOfFoldReadings(context))];
        foreach (var (at, (train, test)) in draws.Index())
        {
            Console.Error.WriteLine($"{name}: training {at + 1} of {set.Folds}.");
            RecurrentCascadeEstimator estimator = context
                .ChestXray()
                .RecurrentCascade(options with { Seed = set.Seed + at, ValidationFraction = 0 });
            using RecurrentCascadeTransformer cascade = estimator.Fit(train);
            using RecurrentCascadeTransformer control = estimator.FitControl(train, cascade);
            pooled[0].Add(cascade.AtIteration(1).Transform(test), default);
            pooled[1].Add(control.AtIteration(options.Iterations).Transform(test), default);
            pooled[2].Add(cascade.AtIteration(options.Iterations).Transform(test), default);
        }

        string[] names = [name + FirstSuffix, name + ControlSuffix, name];
        return [.. names.Zip(pooled, (one, readings) => Output(one, readings.ToView(), set))];
    }

    private ReaderOutput[] ReadFolds(MLContext context, FoldedSet set)
    {
        CascadeCrossValidation validated = context
            .ChestXray()
            .CrossValidateCascade(
                set.Rows,
                options,
                set.Folds,
                nameof(RadiographRecord.PatientId),
                set.Seed,
                fold => Console.Error.WriteLine($"{name}: training {fold} of {set.Folds}."),
                withControl: true
            );
        return validated.Iterations.Count == 1
            ? [Output(name, validated.Iterations[0], set)]
            :
            [
                Output(name + FirstSuffix, validated.Iterations[0], set),
                Output(name + ControlSuffix, validated.Control!, set),
                Output(name, validated.Iterations[^1], set),
            ];
    }

    /// <summary>The readings come fold by fold; they are put in the order of the cases.</summary>
    private static ReaderOutput Output(string name, IDataView view, FoldedSet set)
    {
        var reader = new ColumnReader(view);
        SingleVectorColumn score = reader.Vector("Score"),
            word = reader.Vector("WordProbability");
        TextColumn annotation = reader.Text("AnnotationTokens"),
            caption = reader.Text("Caption"),
            patient = reader.Text(nameof(RadiographRecord.PatientId));
        LabelColumn decided = reader.Label("PredictedLabel");
        reader.Read();

        int[] order = [.. Enumerable.Range(1, set.Folds).SelectMany(set.Test)];
        if (reader.RowCount != order.Length)
            throw new InvalidDataException(
                $"{order.Length - reader.RowCount} of {order.Length} images could not be read. The warnings name them; take them out of "
                    + $"'{set.Table}'."
            );
        var readings = new Reading[order.Length];
        for (int row = 0; row < order.Length; row++)
        {
            FoldedCase read = set.Cases[order[row]];
            if (patient.Values[row] != read.Patient || caption.Values[row] != read.Caption)
                throw new InvalidOperationException($"'{name}' was not read in the folds of the set: row {row} is another image.");
            string label = decided.Names[Array.IndexOf(decided.Truth[row], 1f)];
            readings[order[row]] = new Reading(label, score.Values[row], annotation.Values[row], word.Values[row]);
        }

        return new ReaderOutput(name, score.SlotNames!, word.SlotNames!, readings);
    }
}
