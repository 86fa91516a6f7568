using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Reads scored and training views of several findings per row into arrays.</summary>
internal static class FindingEvaluationReader
{
    /// <summary>Reads a scored view in one pass.</summary>
    /// <returns>The cases, and the column that was used for interval units (null: absent).</returns>
    internal static (FindingCases Cases, string? UnitColumn) Read(IDataView scored, EvaluateOptions options)
    {
        ColumnReader reader = new(scored);
        SingleVectorColumn truth = Named(reader, options.LabelColumnName, "label"),
            score = Named(reader, options.ScoreColumnName, "score"),
            predicted = Named(reader, options.PredictedLabelsColumnName, "predicted labels");
        bool decoded = options.AnnotationTokensColumnName is not null;
        TextColumn? caption = decoded ? reader.Text(options.CaptionColumnName, "caption") : reader.OptionalText(options.CaptionColumnName);
        TextColumn? tokens = decoded ? reader.Text(options.AnnotationTokensColumnName!, "annotation") : null;
        bool defaultUnits = options.IntervalGroupColumnName == EvaluateOptions.DefaultIntervalGroup;
        TextColumn? unit = defaultUnits ? reader.OptionalText(options.IntervalGroupColumnName) : reader.Text(options.IntervalGroupColumnName);
        TextColumn? study = defaultUnits ? reader.OptionalText(EvaluateOptions.FallbackIntervalGroup) : null;
        reader.Read(cancellation: options.CancellationToken);
        if (reader.RowCount == 0)
            throw new InvalidOperationException(ErrorCode.NothingToEvaluate.Message("The view to evaluate has no rows."));

        string[] labels = [.. BaseLabels.Names(score.SlotNames!)];
        bool anyUnit = unit?.Values.Exists(v => v.Length > 0) == true,
            anyStudy = study?.Values.Exists(v => v.Length > 0) == true;
        FindingCases cases = new()
        {
            Labels = labels,
            Truth = Over(labels, truth),
            Scores =
            [
                .. Over(labels, score)
                    .Select(
                        (values, row) =>
                            Array.TrueForAll(values, float.IsFinite)
                                ? Array.ConvertAll(values, value => (double)value)
                                : throw new InvalidOperationException(
                                    ErrorCode.ScoreNotFinite.Message(
                                        $"Row {row} has a probability that is no number in column '{options.ScoreColumnName}'; figures cannot be "
                                            + $"computed from it. Check the row's image and the model's weights."
                                    )
                                )
                    ),
            ],
            Predicted = Over(labels, predicted),
            Captions = [.. Enumerable.Range(0, reader.RowCount).Select(i => caption?.Values[i] ?? "")],
            Emitted = tokens is null ? null : [.. tokens.Values],
            Units =
            [
                .. Enumerable
                    .Range(0, reader.RowCount)
                    .Select(i =>
                        unit?.Values[i] is { Length: > 0 } patient ? "patient " + patient
                        : study?.Values[i] is { Length: > 0 } uid ? "study " + uid
                        : $"row {i}"
                    ),
            ],
            NormalLabel = options.NormalLabel,
        };
        return (
            cases,
            anyUnit ? options.IntervalGroupColumnName
            : anyStudy ? EvaluateOptions.FallbackIntervalGroup
            : null
        );
    }

    /// <summary>What the baselines need of the training rows.</summary>
    internal static (float[][] Truth, string[] Captions) ReadTraining(IDataView training, string[] labels, EvaluateOptions options)
    {
        ColumnReader reader = new(training);
        SingleVectorColumn truth = Named(reader, options.LabelColumnName, "label");
        TextColumn? caption = reader.OptionalText(options.CaptionColumnName);
        reader.Read(cancellation: options.CancellationToken);
        return reader.RowCount > 0
            ? (Over(labels, truth), caption is null ? [] : [.. caption.Values])
            : throw new InvalidOperationException(
                ErrorCode.NothingToEvaluate.Message($"The view given as {nameof(EvaluateOptions.TrainingData)} has no rows.")
            );
    }

    private static SingleVectorColumn Named(ColumnReader reader, string name, string role)
    {
        SingleVectorColumn column = reader.Vector(name, role);
        return column.SlotNames is not null
            ? column
            : throw SchemaChecks.Mismatch(name, "vector of Single with findings as SlotNames", $"{column.Column.Type} without them", role);
    }

    /// <summary>The values of a column over a list of findings, parts put together; NaN for a finding that it has not.</summary>
    private static float[][] Over(string[] labels, SingleVectorColumn column)
    {
        int[] baseOf = BaseLabels.Indices(column.SlotNames!);
        IReadOnlyList<string> names = BaseLabels.Names(column.SlotNames!);
        int[] from = [.. labels.Select(label => Enumerable.Range(0, names.Count).FirstOrDefault(i => names[i] == label, -1))];
        return
        [
            .. column
                .Values.Select(values => BaseLabels.FoldFindings(baseOf, values))
                .Select(folded => from.Select(i => i < 0 ? float.NaN : folded[i]).ToArray()),
        ];
    }
}
