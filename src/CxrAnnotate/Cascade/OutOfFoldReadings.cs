using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Collects the readings of several models on their held-out rows in one view for evaluation. Labels and words of all models are brought into one
/// order; a word that a model does not know has probability 0.
/// </summary>
internal sealed class OutOfFoldReadings(MLContext context)
{
    private static readonly string[] _texts = ["Mesh", "StudyId", "PatientId", "View", "Source"];
    private readonly List<Reading> _rows = [];
    private readonly List<string> _labels = [];
    private readonly List<string> _words = [];
    private LabelShape _shape = LabelShape.Of(LabelScheme.Exclusive);

    /// <summary>The number of rows omitted because their image could not be read.</summary>
    internal int Missing { get; private set; }

    /// <summary>Adds the rows of a scored view with a readable image; columns other than those of the reading are optional texts.</summary>
    internal void Add(IDataView scored, CancellationToken cancellation = default)
    {
        _shape = LabelShape.Of(scored.Schema, "Label");
        var reader = new ColumnReader(scored);
        LabelColumn truth = reader.Label("Label"),
            decided = reader.Label(_shape.Declare("PredictedLabel", "PredictedLabels").Name);
        SingleVectorColumn? finding = reader.OptionalVector("FindingProbability");
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
        int[] truthAt = Places(_labels, truth.Names),
            decidedAt = Places(_labels, decided.Names);
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
                    Truth = Spread(truth.Truth[i], truthAt),
                    Decisions = Spread(decided.Truth[i], decidedAt),
                    FindingProbability = finding is null ? null : Spread(finding.Values[i], labelAt),
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

    /// <summary>All rows, in the order in which they were added.</summary>
    internal IDataView ToView()
    {
        foreach (Reading row in _rows)
        {
            row.Score = Padded(row.Score, _labels.Count);
            row.WordProbability = Padded(row.WordProbability, _words.Count);
            row.Truth = Padded(row.Truth, _labels.Count);
            row.Decisions = Padded(row.Decisions, _labels.Count);
            row.TrueKey = KeyOf(row.Truth);
            row.DecidedKey = KeyOf(row.Decisions);
            row.FindingProbability = row.FindingProbability is { } finding ? Padded(finding, _labels.Count) : null;
        }

        SchemaDefinition definition = SchemaDefinition.Create(typeof(Reading));
        Name(nameof(Reading.Score), _labels);
        Name(nameof(Reading.WordProbability), _words);
        _shape.Define(definition, "Label", nameof(Reading.TrueKey), nameof(Reading.Truth), _labels);
        string decided = _shape.Declare("PredictedLabel", "PredictedLabels").Name;
        _shape.Define(definition, decided, nameof(Reading.DecidedKey), nameof(Reading.Decisions), _labels);
        if (_rows.TrueForAll(row => row.FindingProbability is null))
            definition.Remove(definition[nameof(Reading.FindingProbability)]);
        else
            Name(nameof(Reading.FindingProbability), _labels);
        return context.Data.LoadFromEnumerable(_rows, definition);

        void Name(string member, List<string> names) =>
            LabelShape.Define(
                definition[member],
                new VectorDataViewType(NumberDataViewType.Single, names.Count),
                TextAnnotations.SlotNamesKind,
                names
            );
    }

    /// <summary>A row's label as ML.NET reads a key from a class: counted from 0, and missing if it is none of them.</summary>
    private static uint KeyOf(float[] row) => unchecked((uint)ExclusiveLabels.LabelOf(row));

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

    private sealed class Reading
    {
        public float[] Truth { get; set; } = [];

        public float[] Decisions { get; set; } = [];

        public uint TrueKey { get; set; }

        public uint DecidedKey { get; set; }

        public float[]? FindingProbability { get; set; }

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
