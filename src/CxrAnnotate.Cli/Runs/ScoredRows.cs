using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Cli;

/// <summary>What a cascade read from one image, beside the truth. A row of a view for <see cref="ChestXrayCatalog.Evaluate"/>.</summary>
internal sealed class ScoredRow
{
    /// <summary>The position in the view that was read.</summary>
    internal int Index { get; init; }

    /// <summary>The true label, from 1; 0 where there is none.</summary>
    internal uint TrueKey { get; init; }

    /// <summary>The label that was read, from 1; 0 where there is none.</summary>
    internal uint PredictedKey { get; init; }

    /// <summary>What its grey values are like; null where it was not asked for.</summary>
    internal GreyStatistics? Grey { get; init; }

    /// <summary>What LoadFromEnumerable makes a key of: it counts from 0, and what is too large is missing.</summary>
    public uint Label
    {
        get => unchecked(TrueKey - 1);
        set => throw ReadOnly();
    }

    /// <summary>The true findings, the label of a multi-label view; null for single labels, and where they are not known.</summary>
    public float[]? TrueFindings { get; set; }

    /// <summary>1 for each finding that was detected; null for single labels.</summary>
    public float[]? PredictedLabels { get; set; }

    public string Caption { get; set; } = "";

    public uint PredictedLabel
    {
        get => unchecked(PredictedKey - 1);
        set => throw ReadOnly();
    }

    public float[] Score { get; set; } = [];

    public string Annotation { get; set; } = "";

    public string AnnotationTokens { get; set; } = "";

    public float AnnotationProbability { get; set; }

    public float[] WordProbability { get; set; } = [];

    public string StudyId { get; set; } = "";

    public string PatientId { get; set; } = "";

    public string View { get; set; } = "";

    public string Source { get; set; } = "";

    private static InvalidOperationException ReadOnly() => new(ErrorCode.Unexpected.Message("What was read cannot be changed."));
}

/// <summary>Everything that a cascade reads in a view, read once: evaluation, comparison and gallery look at it several times.</summary>
internal sealed class ScoredRows
{
    private readonly string[] _trueLabels;
    private readonly string[] _words;

    private ScoredRows(string[] trueLabels, string[] labels, string[] words, IReadOnlyList<ScoredRow> rows) =>
        (_trueLabels, Labels, _words, Rows) = (trueLabels, labels, words, rows);

    /// <summary>The names of the cascade's labels.</summary>
    internal string[] Labels { get; }

    /// <summary>The rows whose image could be read.</summary>
    internal IReadOnlyList<ScoredRow> Rows { get; }

    /// <summary>Whether an image may have several findings.</summary>
    internal bool IsMultiLabel { get; private init; }

    /// <summary>
    /// The name of the label that was read; the label's probability. For multi-label their names, the most probable first, and its probability.
    /// </summary>
    internal (string? Name, double Probability) Predicted(ScoredRow row)
    {
        if (row.PredictedLabels is not { } detected)
            return Single(row);
        int[] found = [.. Enumerable.Range(0, Labels.Length).Where(k => detected[k] == 1).OrderByDescending(k => row.Score[k])];
        return found.Length == 0 ? (null, 0) : (string.Join('|', found.Select(k => Labels[k])), row.Score[found[0]]);
    }

    private (string? Name, double Probability) Single(ScoredRow row) =>
        row.PredictedKey == 0 ? (null, 0) : (Labels[row.PredictedKey - 1], row.Score[row.PredictedKey - 1]);

    /// <summary>Reads a view with a cascade.</summary>
    /// <param name="cascade">The cascade.</param>
    /// <param name="view">The rows.</param>
    /// <param name="withWords">Whether each word's probability is wanted, which takes a search of its own.</param>
    /// <param name="step">Called with the number of rows read.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <param name="withGrey">Whether what each image's grey values are like is wanted.</param>
    internal static ScoredRows Read(
        RecurrentCascadeTransformer cascade,
        IDataView view,
        bool withWords,
        ProgressStep step,
        CancellationToken cancellation,
        bool withGrey = false
    ) => Read(cascade.Transform(view), withWords, step, cancellation, withGrey);

    /// <summary>Reads a view that a cascade has scored.</summary>
    /// <param name="scored">The rows.</param>
    /// <param name="withWords">Whether each word's probability is wanted, which takes a search of its own.</param>
    /// <param name="step">Called with the number of rows read; null for no calls.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <param name="withGrey">Whether what each image's grey values are like is wanted.</param>
    internal static ScoredRows Read(IDataView scored, bool withWords, ProgressStep? step, CancellationToken cancellation, bool withGrey = false)
    {
        ColumnReader reader = new(scored);
        bool several = !reader.Has("PredictedLabel");
        TextKeyColumn? label = several ? null : reader.OptionalKey("Label"),
            predicted = several ? null : reader.Key("PredictedLabel");
        SingleVectorColumn? findings = several ? reader.OptionalVector("Label") : null,
            detected = several ? reader.Vector("PredictedLabels") : null,
            words = withWords ? reader.Vector("WordProbability") : null;
        SingleVectorColumn score = reader.Vector("Score");
        SingleColumn probability = reader.Single("AnnotationProbability");
        TextColumn annotation = reader.Text("Annotation"),
            tokens = reader.Text("AnnotationTokens");
        TextColumn? caption = reader.OptionalText("Caption"),
            study = reader.OptionalText("StudyId"),
            patient = reader.OptionalText("PatientId"),
            view = reader.OptionalText("View"),
            source = reader.OptionalText("Source");
        GreyColumn? grey = withGrey ? reader.Add(new GreyColumn(scored.Schema["Image"])) : null;
        reader.Read(read => step?.Report(read), cancellation);

        // A missing image has no scores; the library has warned of it.
        IEnumerable<int> readable = Enumerable.Range(0, reader.RowCount).Where(i => Array.TrueForAll(score.Values[i], float.IsFinite));
        return new ScoredRows(
            label?.Names ?? [],
            score.SlotNames!,
            words?.SlotNames ?? [],
            [
                .. readable.Select(i => new ScoredRow
                {
                    Index = i,
                    TrueKey = label?.Values[i] ?? 0,
                    TrueFindings = findings?.Values[i],
                    PredictedLabels = detected?.Values[i],
                    Caption = caption?.Values[i] ?? "",
                    PredictedKey = predicted?.Values[i] ?? 0,
                    Score = score.Values[i],
                    Annotation = annotation.Values[i],
                    AnnotationTokens = tokens.Values[i],
                    AnnotationProbability = probability.Values[i],
                    WordProbability = words?.Values[i] ?? [],
                    StudyId = study?.Values[i] ?? "",
                    PatientId = patient?.Values[i] ?? "",
                    View = view?.Values[i] ?? "",
                    Source = source?.Values[i] ?? "",
                    Grey = grey?.Values[i],
                }),
            ]
        )
        {
            IsMultiLabel = several,
        };
    }

    /// <summary>The rows as a view for <see cref="ChestXrayCatalog.Evaluate"/>; findings must have their truth.</summary>
    internal IDataView ToView(MLContext context)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(ScoredRow));
        foreach (
            string name in IsMultiLabel
                ? (string[])[nameof(ScoredRow.Label), nameof(ScoredRow.PredictedLabel)]
                : [nameof(ScoredRow.TrueFindings), nameof(ScoredRow.PredictedLabels)]
        )
            schema.Remove(schema[name]);
        if (IsMultiLabel)
        {
            SetSlots(schema[nameof(ScoredRow.PredictedLabels)], Labels);
            SetSlots(schema[nameof(ScoredRow.TrueFindings)], Labels);
            schema[nameof(ScoredRow.TrueFindings)].ColumnName = nameof(ScoredRow.Label);
        }
        else
        {
            SetKey(schema[nameof(ScoredRow.Label)], _trueLabels);
            SetKey(schema[nameof(ScoredRow.PredictedLabel)], Labels);
        }
        SetSlots(schema[nameof(ScoredRow.Score)], Labels);
        if (_words.Length > 0)
            SetSlots(schema[nameof(ScoredRow.WordProbability)], _words);
        else
            schema.Remove(schema[nameof(ScoredRow.WordProbability)]);
        return context.Data.LoadFromEnumerable(Rows, schema);
    }

    private static void SetKey(SchemaDefinition.Column column, string[] names)
    {
        column.ColumnType = new KeyDataViewType(typeof(uint), Math.Max(names.Length, 1));
        Annotate(column, "KeyValues", names);
    }

    private static void SetSlots(SchemaDefinition.Column column, string[] names)
    {
        column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Length);
        Annotate(column, "SlotNames", names);
    }

    private static void Annotate(SchemaDefinition.Column column, string kind, string[] names) =>
        column.AddAnnotation(
            kind,
            new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]),
            new VectorDataViewType(TextDataViewType.Instance, names.Length)
        );

    /// <summary>What images are like, without keeping them; null for one that could not be read.</summary>
    private sealed class GreyColumn(DataViewSchema.Column column) : ReadColumn<VBuffer<float>, GreyStatistics?>(column)
    {
        private readonly int _width = ((VectorDataViewType)column.Type).Dimensions[^1];

        private protected override GreyStatistics? Convert(in VBuffer<float> raw)
        {
            float[] pixels = [.. raw.DenseValues()];
            return Array.TrueForAll(pixels, float.IsFinite) ? GreyStatistics.Of(pixels, _width) : null;
        }
    }
}
