using Microsoft.ML;

namespace CxrAnnotate.Results;

/// <summary>
/// The library's cascade by <see cref="ChestXrayCatalog.CrossValidateCascade"/>: the readings of its last iteration under the reader's name, those
/// of the first, and those of the control.
/// </summary>
/// <param name="name">The reader's name.</param>
/// <param name="options">What to train; the seed is the context's.</param>
internal sealed class CascadeReader(string name, RecurrentCascadeOptions options) : IReader
{
    public string Name => name;

    public bool CanRead(FoldedSet set) => true;

    public IReadOnlyList<ReaderOutput> Read(MLContext context, FoldedSet set)
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
                Output($"{name}, iteration 1", validated.Iterations[0], set),
                Output($"{name}, control", validated.Control!, set),
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
