using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Cli;

/// <summary>The reading of one image with the truth. A row of a view for <see cref="ChestXrayCatalog.Evaluate"/>.</summary>
internal sealed class ScoredRow
{
    /// <summary>The position in the view that was read.</summary>
    internal int Index { get; init; }

    /// <summary>The true label, from 1; 0 if there is none.</summary>
    internal uint TrueKey { get; init; }

    /// <summary>The predicted label, from 1; 0 if there is none.</summary>
    internal uint PredictedKey { get; init; }

    /// <summary>The statistics of its grey values; null if not requested.</summary>
    internal GreyStatistics? Grey { get; init; }

    /// <summary>The value that LoadFromEnumerable converts to a key: it counts from 0, and too large a value is missing.</summary>
    public uint Label
    {
        get => unchecked(TrueKey - 1);
        set => throw ReadOnly();
    }

    /// <summary>The true findings, which are the label of a multi-label view; null for single-label, or if unknown.</summary>
    public float[]? TrueFindings { get; set; }

    /// <summary>1 for each detected finding; null for single-label.</summary>
    public float[]? PredictedLabels { get; set; }

    public string Caption { get; set; } = "";

    public uint PredictedLabel
    {
        get => unchecked(PredictedKey - 1);
        set => throw ReadOnly();
    }

    public float[] Score { get; set; } = [];

    /// <summary>The image network's features; empty if not requested.</summary>
    public float[] Features { get; set; } = [];

    public string Annotation { get; set; } = "";

    public string AnnotationTokens { get; set; } = "";

    public float AnnotationProbability { get; set; }

    public float[] WordProbability { get; set; } = [];

    public string StudyId { get; set; } = "";

    public string PatientId { get; set; } = "";

    public string View { get; set; } = "";

    public string Source { get; set; } = "";

    /// <summary>The value of another column by which figures are computed, too.</summary>
    public string Group { get; set; } = "";

    private static InvalidOperationException ReadOnly() => new(ErrorCode.Unexpected.Message("Scored rows are read-only."));
}

/// <summary>The labels of a row by their names.</summary>
/// <param name="True">The true ones; null if unknown.</param>
/// <param name="Unknown">For multi-label: those of which it is unknown.</param>
/// <param name="Named">Those that were named.</param>
internal sealed record Labelling(IReadOnlyList<string>? True, IReadOnlyList<string> Unknown, IReadOnlyList<string> Named);

/// <summary>All readings of a view, computed once for evaluation, comparison and pages.</summary>
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

    /// <summary>Whether the task is multi-label.</summary>
    internal bool IsMultiLabel { get; private init; }

    /// <summary>
    /// The predicted label and its probability. For multi-label: all detected findings, the most probable first, and the probability of the first.
    /// </summary>
    internal (string? Name, double Probability) Predicted(ScoredRow row)
    {
        if (row.PredictedLabels is not { } detected)
            return Single(row);
        int[] found = [.. Enumerable.Range(0, Labels.Length).Where(k => detected[k] == 1).OrderByDescending(k => row.Score[k])];
        return found.Length == 0 ? (null, 0) : (string.Join('|', found.Select(k => Labels[k])), row.Score[found[0]]);
    }

    /// <summary>The labels of a row by their names.</summary>
    internal Labelling LabelsOf(ScoredRow row)
    {
        if (row.PredictedLabels is not { } detected)
            return new(
                row.TrueKey == 0 ? null : [_trueLabels[row.TrueKey - 1]],
                [],
                row.PredictedKey == 0 ? [] : [Labels[row.PredictedKey - 1]]
            );
        IReadOnlyList<string> Where(Func<int, bool> holds) => [.. Enumerable.Range(0, Labels.Length).Where(holds).Select(k => Labels[k])];
        return new(
            row.TrueFindings is { } truth ? Where(k => truth[k] == 1) : null,
            row.TrueFindings is { } known ? Where(k => float.IsNaN(known[k])) : [],
            Where(k => detected[k] == 1)
        );
    }

    private (string? Name, double Probability) Single(ScoredRow row) =>
        row.PredictedKey == 0 ? (null, 0) : (Labels[row.PredictedKey - 1], row.Score[row.PredictedKey - 1]);

    /// <summary>Reads a view with a cascade.</summary>
    /// <param name="cascade">The cascade.</param>
    /// <param name="view">The rows.</param>
    /// <param name="withWords">Whether to compute each word's probability, which needs a separate search.</param>
    /// <param name="step">Called with the number of rows read.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <param name="withGrey">Whether to compute the statistics of each image's grey values.</param>
    /// <param name="withFeatures">Whether to keep the image network's features, from which context vectors are made.</param>
    internal static ScoredRows Read(
        RecurrentCascadeTransformer cascade,
        IDataView view,
        bool withWords,
        ProgressStep step,
        CancellationToken cancellation,
        bool withGrey = false,
        bool withFeatures = false
    ) => Read(cascade.Transform(view), withWords, step, cancellation, withGrey, withFeatures);

    /// <summary>Reads a view that a cascade has scored.</summary>
    /// <param name="scored">The rows.</param>
    /// <param name="withWords">Whether to compute each word's probability, which needs a separate search.</param>
    /// <param name="step">Called with the number of rows read; null for no calls.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <param name="withGrey">Whether to compute the statistics of each image's grey values.</param>
    /// <param name="withFeatures">Whether to keep the image network's features, from which context vectors are made.</param>
    internal static ScoredRows Read(
        IDataView scored,
        bool withWords,
        ProgressStep? step,
        CancellationToken cancellation,
        bool withGrey = false,
        bool withFeatures = false
    )
    {
        DataViewSchema schema = scored.Schema;
        DataViewSchema.Column? label = schema.GetColumnOrNull("Label"),
            caption = schema.GetColumnOrNull("Caption");
        DataViewSchema.Column? single = schema.GetColumnOrNull("PredictedLabel"),
            several = single is null ? schema["PredictedLabels"] : null;
        DataViewSchema.Column score = schema["Score"],
            annotation = schema["Annotation"],
            tokens = schema["AnnotationTokens"],
            probability = schema["AnnotationProbability"],
            word = schema["WordProbability"];
        DataViewSchema.Column? image = withGrey ? schema["Image"] : null,
            features = withFeatures ? schema["Features"] : null;
        DataViewSchema.Column?[] about = [.. ((string[])["StudyId", "PatientId", "View", "Source"]).Select(name => schema.GetColumnOrNull(name))];

        List<ScoredRow> rows = [];
        int read = 0;
        DataViewSchema.Column?[] needed =
        [
            label,
            caption,
            single,
            several,
            score,
            annotation,
            tokens,
            probability,
            withWords ? word : null,
            image,
            features,
            .. about,
        ];
        using DataViewRowCursor cursor = scored.GetRowCursor(needed.OfType<DataViewSchema.Column>());
        Func<uint> getLabel = Key(cursor, several is null ? label : null),
            getPredicted = Key(cursor, single);
        Func<float[]>? getFindings = several is not null && label is { } known ? Vector(cursor, known) : null,
            getDetected = several is { } detections ? Vector(cursor, detections) : null;
        Func<float[]> getScore = Vector(cursor, score),
            getWords = withWords ? Vector(cursor, word) : () => [];
        Func<string> getCaption = Text(cursor, caption),
            getAnnotation = Text(cursor, annotation),
            getTokens = Text(cursor, tokens);
        Func<float[]>? getImage = image is { } pixels ? Vector(cursor, pixels) : null;
        Func<float[]> getFeatures = features is { } embedding ? Vector(cursor, embedding) : () => [];
        int width = image is { } shape ? ((VectorDataViewType)shape.Type).Dimensions[^1] : 0;
        Func<string>[] getAbout = [.. about.Select(column => Text(cursor, column))];
        ValueGetter<float> getProbability = cursor.GetGetter<float>(probability);
        float value = 0;
        while (cursor.MoveNext())
        {
            int index = read++;
            step?.Report(read);
            cancellation.ThrowIfCancellationRequested();
            float[] scores = getScore();
            // An unreadable image has no scores; the library has warned of it.
            if (!Array.TrueForAll(scores, float.IsFinite))
                continue;
            getProbability(ref value);
            rows.Add(
                new ScoredRow
                {
                    Index = index,
                    TrueKey = getLabel(),
                    TrueFindings = getFindings?.Invoke(),
                    PredictedLabels = getDetected?.Invoke(),
                    Caption = getCaption(),
                    PredictedKey = getPredicted(),
                    Score = scores,
                    Features = getFeatures(),
                    Annotation = getAnnotation(),
                    AnnotationTokens = getTokens(),
                    AnnotationProbability = value,
                    WordProbability = getWords(),
                    StudyId = getAbout[0](),
                    PatientId = getAbout[1](),
                    View = getAbout[2](),
                    Source = getAbout[3](),
                    Grey = getImage is null ? null : GreyStatistics.Of(getImage(), width),
                }
            );
        }
        return new ScoredRows(
            several is null && label is { } truth ? Names(truth, "KeyValues") : [],
            Names(score, "SlotNames"),
            withWords ? Names(word, "SlotNames") : [],
            rows
        )
        {
            IsMultiLabel = several is not null,
        };
    }

    /// <summary>The rows as a view for <see cref="ChestXrayCatalog.Evaluate"/>; for multi-label, the true findings must be set.</summary>
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
        if (Rows.Count > 0 && Rows[0].Features.Length > 0)
            schema[nameof(ScoredRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Rows[0].Features.Length);
        else
            schema.Remove(schema[nameof(ScoredRow.Features)]);
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

    private static string[] Names(DataViewSchema.Column column, string kind)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(kind, ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static Func<uint> Key(DataViewRow row, DataViewSchema.Column? column)
    {
        if (column is not { } present)
            return () => 0;
        ValueGetter<uint> getter = row.GetGetter<uint>(present);
        uint key = 0;
        return () =>
        {
            getter(ref key);
            return key;
        };
    }

    private static Func<float[]> Vector(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> vector = default;
        return () =>
        {
            getter(ref vector);
            return [.. vector.DenseValues()];
        };
    }

    private static Func<string> Text(DataViewRow row, DataViewSchema.Column? column)
    {
        if (column is not { } present)
            return () => "";
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(present);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            return text.ToString();
        };
    }
}
