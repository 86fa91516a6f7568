using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Reads scored and training views into arrays, with ML.NET's errors for missing or mistyped columns. The type of the label column decides between
/// single-label (a key) and multi-label (a vector).
/// </summary>
internal static class EvaluationReader
{
    private const string NoGroup = "(none)";

    /// <summary>Reads a scored view in one pass.</summary>
    /// <returns>The cases, and the columns used for groups and interval units (null: absent).</returns>
    internal static (EvaluationCases Cases, string? GroupColumn, string? UnitColumn) Read(IDataView scored, EvaluateOptions options)
    {
        LabelScheme scheme =
            scored.Schema.GetColumnOrNull(options.LabelColumnName)?.Type is VectorDataViewType ? LabelScheme.Independent : LabelScheme.Exclusive;
        bool exclusive = scheme == LabelScheme.Exclusive,
            decoded = options.AnnotationTokensColumnName is not null;
        ColumnReader reader = new(scored);
        LabelMatrix truth = new(reader, scheme, options.LabelColumnName),
            decisions = new(reader, scheme, exclusive ? options.PredictedLabelColumnName : options.PredictedLabelsColumnName);
        SingleVectorColumn score = reader.Vector(options.ScoreColumnName);
        TextColumn? caption = decoded ? reader.Text(options.CaptionColumnName) : reader.OptionalText(options.CaptionColumnName),
            tokens = decoded ? reader.Text(options.AnnotationTokensColumnName!) : null,
            source = Default(options.GroupColumnName, EvaluateOptions.DefaultGroup),
            view = Default(options.ViewColumnName, EvaluateOptions.DefaultView),
            unit = Default(options.IntervalGroupColumnName, EvaluateOptions.DefaultIntervalGroup),
            study =
                options.IntervalGroupColumnName == EvaluateOptions.DefaultIntervalGroup
                    ? reader.OptionalText(EvaluateOptions.FallbackIntervalGroup)
                    : null;
        // Only the slot figures need word probabilities, and only for single-label cases.
        SingleVectorColumn? word =
            !decoded || !exclusive ? null
            : options.WordProbabilityColumnName == EvaluateOptions.DefaultWordProbability ? reader.OptionalVector(options.WordProbabilityColumnName)
            : reader.Vector(options.WordProbabilityColumnName);
        string[] scoreNames =
            score.SlotNames ?? (exclusive && decisions.Names.Length == score.Size ? decisions.Names : throw Unnamed(score));
        if (word is { SlotNames: null })
            throw Unnamed(word);
        reader.Read(cancellation: options.CancellationToken);
        if (reader.RowCount == 0)
            throw new InvalidOperationException(ErrorCode.NothingToEvaluate.Message("The view to evaluate has no rows."));

        IEnumerable<string> names = BaseLabels.Names(scoreNames);
        string[] labels = exclusive ? [.. names.Union(truth.BaseNames).Union(decisions.BaseNames)] : [.. names];
        int[] baseOf = BaseLabels.Indices(scoreNames);
        EvaluationCases cases = new()
        {
            Scheme = scheme,
            Labels = labels,
            Truth = truth.Over(labels, unknown: float.NaN),
            Decisions = decisions.Over(labels, unknown: 0),
            Scores = [.. Finite(score, scoreNames).Select(values => Folded(values, exclusive, baseOf, labels.Length))],
            Captions = [.. caption?.Values ?? Enumerable.Repeat("", reader.RowCount)],
            Emitted = tokens?.Values.ToArray(),
            Words = word?.SlotNames ?? [],
            WordProbabilities = word is null ? null : [.. Finite(word, word.SlotNames!)],
            Sources = AnyIn(source) ? Groups(source!) : null,
            Views = AnyIn(view) ? [.. view!.Values] : null,
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
            AnyIn(source) ? options.GroupColumnName : null,
            AnyIn(unit) ? options.IntervalGroupColumnName
            : AnyIn(study) ? EvaluateOptions.FallbackIntervalGroup
            : null
        );

        // Under its default name a column may be absent.
        TextColumn? Default(string name, string usual) => name == usual ? reader.OptionalText(name) : reader.Text(name);
    }

    /// <summary>Reads the columns of the training rows that the baselines need.</summary>
    internal static TrainingCases ReadTraining(IDataView training, LabelScheme scheme, EvaluateOptions options)
    {
        ColumnReader reader = new(training);
        LabelMatrix truth = new(reader, scheme, options.LabelColumnName);
        TextColumn? caption =
                options.AnnotationTokensColumnName is null
                    ? reader.OptionalText(options.CaptionColumnName)
                    : reader.Text(options.CaptionColumnName),
            source = reader.OptionalText(options.GroupColumnName),
            view = reader.OptionalText(options.ViewColumnName);
        reader.Read(cancellation: options.CancellationToken);
        if (reader.RowCount == 0)
            throw new InvalidOperationException(
                ErrorCode.NothingToEvaluate.Message($"The view given as {nameof(EvaluateOptions.TrainingData)} has no rows.")
            );
        string[] labels = [.. truth.BaseNames];
        return new TrainingCases
        {
            Labels = labels,
            Truth = truth.Over(labels, unknown: float.NaN),
            Captions = [.. caption?.Values ?? Enumerable.Repeat("", reader.RowCount)],
            Sources = source is null ? null : Groups(source),
            Views = view?.Values.ToArray(),
        };
    }

    private static bool AnyIn(TextColumn? column) => column?.Values.Exists(value => value.Length > 0) == true;

    private static string[] Groups(TextColumn column) => [.. column.Values.Select(group => group.Length > 0 ? group : NoGroup)];

    /// <summary>The probabilities of the base labels, in double precision, over a list of labels that begins with them.</summary>
    private static double[] Folded(float[] values, bool exclusive, int[] baseOf, int labels)
    {
        if (!exclusive)
            return Array.ConvertAll(BaseLabels.FoldFindings(baseOf, values), value => (double)value);
        double[] folded = new double[labels];
        for (int slot = 0; slot < values.Length; slot++)
            folded[baseOf[slot]] += values[slot];
        return folded;
    }

    private static IEnumerable<float[]> Finite(SingleVectorColumn column, string[] slots)
    {
        for (int row = 0; row < column.Values.Count; row++)
        {
            if (Array.FindIndex(column.Values[row], value => !float.IsFinite(value)) is >= 0 and int slot)
                throw new InvalidOperationException(
                    ErrorCode.ScoreNotFinite.Message(
                        $"Row {row} has {column.Values[row][slot]} for '{slots[slot]}' in column '{column.Column.Name}'; figures cannot be computed "
                            + $"from it. Check the row's image and the model's weights."
                    )
                );
            yield return column.Values[row];
        }
    }

    private static ArgumentOutOfRangeException Unnamed(SingleVectorColumn column) =>
        SchemaChecks.Mismatch(column.Column.Name, "vector of Single with SlotNames", $"{column.Column.Type} without them");

    /// <summary>A column of labels as a matrix: a key gives one label per row, a vector any number.</summary>
    private sealed class LabelMatrix
    {
        private readonly TextKeyColumn? _key;
        private readonly SingleVectorColumn? _vector;

        internal LabelMatrix(ColumnReader reader, LabelScheme scheme, string name)
        {
            if (scheme == LabelScheme.Exclusive)
                _key = reader.Key(name);
            else
                _vector = reader.Vector(name);
            Names = _key?.Names ?? _vector!.SlotNames ?? throw Unnamed(_vector);
        }

        internal string[] Names { get; }

        internal IReadOnlyList<string> BaseNames => BaseLabels.Names(Names);

        /// <summary>The rows over a list of labels, with parts merged.</summary>
        /// <param name="labels">The labels.</param>
        /// <param name="unknown">The value for a missing key.</param>
        internal float[][] Over(string[] labels, float unknown)
        {
            string[] own = [.. BaseNames];
            int[] baseOf = BaseLabels.Indices(Names),
                to = [.. own.Select(name => Array.IndexOf(labels, name))],
                from = [.. labels.Select(label => Array.IndexOf(own, label))];
            return _key is { } key
                ? [.. key.ClassIndices().Select(label => OneHot(label < 0 ? -1 : to[baseOf[label]], label < 0 ? unknown : 0, labels.Length))]
                :
                [
                    .. _vector!
                        .Values.Select(values => BaseLabels.FoldFindings(baseOf, values))
                        .Select(folded => from.Select(k => k < 0 ? float.NaN : folded[k]).ToArray()),
                ];
        }

        private static float[] OneHot(int label, float others, int count)
        {
            float[] row = new float[count];
            Array.Fill(row, others);
            if (label >= 0)
                row[label] = 1;
            return row;
        }
    }
}
