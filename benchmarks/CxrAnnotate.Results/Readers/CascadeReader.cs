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

    public bool CanRead(FoldedSet set) => (set.Draws is not null) == isForPhantoms;

    public IReadOnlyList<ReaderOutput> Read(MLContext context, FoldedSet set)
    {
        void Starts(int fold) => Console.Error.WriteLine($"{name}: training {fold} of {set.Folds}.");
        CascadeCrossValidation validated = set.Draws is { } draws
            ? CascadeCrossValidation.Run(
                context,
                draws.Select(draw => (draw.Train, (IDataView?)null, draw.Test)),
                draw => options with { Seed = set.Seed + draw - 1 },
                Starts,
                withControl: true
            )
            : context
                .ChestXray()
                .CrossValidateCascade(
                    set.Rows,
                    options,
                    set.Folds,
                    nameof(RadiographRecord.PatientId),
                    set.Seed,
                    Starts,
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
