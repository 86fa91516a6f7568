using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Collects what several trainings read in the rows that each had held back, and gives it as one view that can be evaluated: labels and words of all trainings are
/// brought into one order, a word that a training did not know having probability 0.
/// </summary>
internal sealed class OutOfFoldReadings(MLContext context)
{
    private static readonly string[] _texts = ["Mesh", "StudyId", "PatientId", "View", "Source"];
    private readonly List<Row> _rows = [];
    private readonly List<string> _labels = [];
    private readonly List<string> _words = [];

    /// <summary>Adds every row of a scored view; all its columns but the readings' own are optional texts.</summary>
    internal void Add(IDataView scored, CancellationToken cancellation = default)
    {
        var reader = new ColumnReader(scored);
        TextKeyColumn label = reader.Key("Label"), predicted = reader.Key("PredictedLabel");
        SingleVectorColumn score = reader.Vector("Score"), word = reader.Vector("WordProbability");
        TextColumn caption = reader.Text("Caption"), annotation = reader.Text("Annotation"), tokens = reader.Text("AnnotationTokens");
        SingleColumn probability = reader.Single("AnnotationProbability");
        TextColumn?[] texts = [.. _texts.Select(reader.OptionalText)];
        reader.Read(cancellation: cancellation);
        int[] labelAt = Places(_labels, score.SlotNames!), wordAt = Places(_words, word.SlotNames!);
        foreach (string name in label.Names.Except(_labels).ToArray())
            _labels.Add(name);
        for (int i = 0; i < reader.RowCount; i++)
        {
            _rows.Add(new Row
            {
                Label = label.Values[i] == 0 ? "" : label.Names[label.Values[i] - 1],
                PredictedLabel = predicted.Values[i] == 0 ? "" : predicted.Names[predicted.Values[i] - 1],
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
            });
        }
    }

    /// <summary>All rows that were added, in that order.</summary>
    internal IDataView ToView()
    {
        foreach (Row row in _rows)
        {
            row.Score = Padded(row.Score, _labels.Count);
            row.WordProbability = Padded(row.WordProbability, _words.Count);
        }

        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        Name(definition[nameof(Row.Score)], _labels);
        Name(definition[nameof(Row.WordProbability)], _words);
        IDataView view = context.Data.LoadFromEnumerable(_rows, definition);
        IDataView keys = context.Data.LoadFromEnumerable(_labels.Select(name => new KeyName { Value = name }));
        return context.Transforms.Conversion.MapValueToKey([new("Label"), new("PredictedLabel")], keyData: keys).Fit(view).Transform(view);
    }

    private static void Name(SchemaDefinition.Column column, List<string> names)
    {
        ReadOnlyMemory<char>[] values = [.. names.Select(name => name.AsMemory())];
        column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Count);
        column.AddAnnotation(TextAnnotations.SlotNamesKind, new VBuffer<ReadOnlyMemory<char>>(values.Length, values), new VectorDataViewType(TextDataViewType.Instance, values.Length));
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

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public string PredictedLabel { get; set; } = "";

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
