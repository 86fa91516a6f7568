using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Collects what several trainings read in the rows that each had held back, and gives it as one view that can be evaluated: labels and words of all
/// trainings are brought into one order, a word that a training did not know having probability 0.
/// </summary>
internal sealed class OutOfFoldReadings(MLContext context)
{
    private static readonly string[] _texts = ["Mesh", "StudyId", "PatientId", "View", "Source"];
    private readonly List<Reading> _rows = [];
    private readonly List<string> _labels = [];
    private readonly List<string> _words = [];
    private bool _several;

    /// <summary>Rows that were left out because their image could not be read.</summary>
    internal int Missing { get; private set; }

    /// <summary>Adds every row of a scored view that was read; all its columns but the readings' own are optional texts.</summary>
    internal void Add(IDataView scored, CancellationToken cancellation = default)
    {
        _several = LabelShape.IsMultiLabel(scored.Schema, "Label");
        var reader = new ColumnReader(scored);
        TextKeyColumn? label = _several ? null : reader.Key("Label"),
            predicted = _several ? null : reader.Key("PredictedLabel");
        SingleVectorColumn? truth = _several ? reader.Vector("Label") : null,
            detected = _several ? reader.Vector("PredictedLabels") : null,
            finding = _several ? reader.Vector("FindingProbability") : null;
        SingleVectorColumn score = reader.Vector("Score"),
            word = reader.Vector("WordProbability");
        TextColumn caption = reader.Text("Caption"),
            annotation = reader.Text("Annotation"),
            tokens = reader.Text("AnnotationTokens");
        SingleColumn probability = reader.Single("AnnotationProbability");
        TextColumn?[] texts = [.. _texts.Select(reader.OptionalText)];
        reader.Read(cancellation: cancellation);
        int[] labelAt = Places(_labels, score.SlotNames!),
            wordAt = Places(_words, word.SlotNames!);
        int[] truthAt = truth is null ? [] : Places(_labels, truth.SlotNames!);
        foreach (string name in (label?.Names ?? []).Except(_labels).ToArray())
            _labels.Add(name);
        for (int i = 0; i < reader.RowCount; i++)
        {
            if (!Array.TrueForAll(score.Values[i], float.IsFinite))
            {
                Missing++;
                continue;
            }

            _rows.Add(
                new Reading
                {
                    TrueLabel = NameOf(label, i),
                    ReadLabel = NameOf(predicted, i),
                    TrueFindings = truth is null ? [] : Spread(truth.Values[i], truthAt),
                    PredictedLabels = detected is null ? [] : Spread(detected.Values[i], labelAt),
                    FindingProbability = finding is null ? [] : Spread(finding.Values[i], labelAt),
                    Score = Spread(score.Values[i], labelAt),
                    WordProbability = Spread(word.Values[i], wordAt),
                    Caption = caption.Values[i],
                    Annotation = annotation.Values[i],
                    AnnotationTokens = tokens.Values[i],
                    AnnotationProbability = probability.Values[i],
                    Mesh = texts[0]?.Values[i] ?? "",
                    StudyId = texts[1]?.Values[i] ?? "",
                    PatientId = texts[2]?.Values[i] ?? "",
                    View = texts[3]?.Values[i] ?? "",
                    Source = texts[4]?.Values[i] ?? "",
                }
            );
        }
    }

    /// <summary>All rows that were added, in that order.</summary>
    internal IDataView ToView()
    {
        foreach (Reading row in _rows)
        {
            row.Score = Padded(row.Score, _labels.Count);
            row.WordProbability = Padded(row.WordProbability, _words.Count);
            row.TrueFindings = Padded(row.TrueFindings, _labels.Count);
            row.PredictedLabels = Padded(row.PredictedLabels, _labels.Count);
            row.FindingProbability = Padded(row.FindingProbability, _labels.Count);
        }

        SchemaDefinition definition = SchemaDefinition.Create(typeof(Reading));
        Name(definition[nameof(Reading.Score)], _labels);
        Name(definition[nameof(Reading.WordProbability)], _words);
        if (_several)
        {
            definition.Remove(definition["Label"]);
            definition.Remove(definition["PredictedLabel"]);
            Name(definition[nameof(Reading.TrueFindings)], _labels);
            definition[nameof(Reading.TrueFindings)].ColumnName = "Label";
            Name(definition[nameof(Reading.PredictedLabels)], _labels);
            Name(definition[nameof(Reading.FindingProbability)], _labels);
            return context.Data.LoadFromEnumerable(_rows, definition);
        }

        definition.Remove(definition[nameof(Reading.TrueFindings)]);
        definition.Remove(definition[nameof(Reading.PredictedLabels)]);
        definition.Remove(definition[nameof(Reading.FindingProbability)]);
        IDataView view = context.Data.LoadFromEnumerable(_rows, definition);
        IDataView keys = context.Data.LoadFromEnumerable(_labels.Select(name => new KeyName { Value = name }));
        return context.Transforms.Conversion.MapValueToKey([new("Label"), new("PredictedLabel")], keyData: keys).Fit(view).Transform(view);
    }

    private static string NameOf(TextKeyColumn? column, int row) =>
        column is null || column.Values[row] == 0 ? "" : column.Names[column.Values[row] - 1];

    private static void Name(SchemaDefinition.Column column, List<string> names)
    {
        ReadOnlyMemory<char>[] values = [.. names.Select(name => name.AsMemory())];
        column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Count);
        column.AddAnnotation(
            TextAnnotations.SlotNamesKind,
            new VBuffer<ReadOnlyMemory<char>>(values.Length, values),
            new VectorDataViewType(TextDataViewType.Instance, values.Length)
        );
    }

    private static int[] Places(List<string> known, string[] names)
    {
        foreach (string name in names.Except(known).ToArray())
            known.Add(name);
        return [.. names.Select(name => known.IndexOf(name))];
    }

    private static float[] Spread(float[] values, int[] places)
    {
        var spread = new float[places.Max() + 1];
        for (int i = 0; i < values.Length; i++)
            spread[places[i]] = values[i];
        return spread;
    }

    private static float[] Padded(float[] values, int length) => values.Length == length ? values : [.. values, .. new float[length - values.Length]];

    private sealed class KeyName
    {
        public string Value { get; set; } = "";
    }

    private sealed class Reading
    {
        [ColumnName("Label")]
        public string TrueLabel { get; set; } = "";

        [ColumnName("PredictedLabel")]
        public string ReadLabel { get; set; } = "";

        public float[] TrueFindings { get; set; } = [];

        public float[] PredictedLabels { get; set; } = [];

        public float[] FindingProbability { get; set; } = [];

        public float[] Score { get; set; } = [];

        public float[] WordProbability { get; set; } = [];

        public string Caption { get; set; } = "";

        public string Annotation { get; set; } = "";

        public string AnnotationTokens { get; set; } = "";

        public float AnnotationProbability { get; set; }

        public string Mesh { get; set; } = "";

        public string StudyId { get; set; } = "";

        public string PatientId { get; set; } = "";

        public string View { get; set; } = "";

        public string Source { get; set; } = "";
    }
}
