using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>An annotated case in the joint space: a row, or one finding of a row.</summary>
/// <param name="Row">The row of the view, from 0.</param>
/// <param name="Label">The base label, or the finding.</param>
/// <param name="Vector">The joint context vector of the image and what the annotation says of the label.</param>
/// <param name="Words">What it says.</param>
/// <param name="IsWrong">Whether the label was not read; false if that was not asked for.</param>
internal sealed record SpaceCase(int Row, string Label, float[] Vector, string[] Words, bool IsWrong)
{
    /// <summary>Reads the cases of a view in one pass.</summary>
    /// <param name="readings">A view with ContextVector (of <see cref="ContextVectorsEstimator"/>), Label, Caption, and if asked for PredictedLabel
    /// or PredictedLabels.</param>
    /// <param name="withDecisions">Whether what was read is wanted, too.</param>
    /// <param name="cancellation">Cancels it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    internal static IReadOnlyList<SpaceCase> Read(IDataView readings, bool withDecisions, CancellationToken cancellation)
    {
        ColumnReader reader = new(readings);
        SingleVectorColumn vectors = reader.Vector("ContextVector");
        LabelColumn truth = reader.Label("Label");
        LabelScheme scheme = truth.Scheme;
        LabelColumn? read = withDecisions ? reader.Label(scheme == LabelScheme.Independent ? "PredictedLabels" : "PredictedLabel") : null;
        TextColumn captions = reader.Text("Caption");
        reader.Read(cancellation: cancellation);
        string[] labels = [.. BaseLabels.Names(truth.Names)];
        int size = vectors.Size / scheme.Written(labels.Length);
        int[] baseOf = BaseLabels.Indices(truth.Names);
        List<SpaceCase> cases = [];
        for (int row = 0; row < reader.RowCount; row++)
        {
            HashSet<string> named = [.. read is null ? [] : read.Names.Where((_, k) => read.Truth[row][k] == 1).Select(BaseLabels.NameOf)];
            foreach (var (k, words) in scheme.Pairs(labels, scheme.Fold(baseOf, truth.Truth[row]), DecoderVocabulary.Split(captions.Values[row])))
                cases.Add(
                    new SpaceCase(
                        row,
                        labels[k],
                        vectors.Values[row].AsSpan(scheme.PlaceOf(k) * size, size).ToArray(),
                        words,
                        read is not null && !named.Contains(labels[k])
                    )
                );
        }

        return cases;
    }
}
