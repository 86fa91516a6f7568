using System.Globalization;
using System.Text.Json.Nodes;
using CxrAnnotate.Cli;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>
/// Every figure and interval of both label schemes on fixed inputs, as the tool writes them. The files hold the results of earlier versions: figures
/// may be added, existing ones must not change. <c>CXR_WRITE_GOLDEN=1</c> rewrites them after an intended change.
/// </summary>
public sealed class EvaluationGoldenTests
{
    private static readonly string[] _labels = ["normal", "nodule", "opacity", "effusion"];
    private static readonly string[] _parts = ["normal", "nodule#1", "opacity", "nodule#2", "effusion"];
    private static readonly string[] _findings = ["nodule", "opacity", "effusion"];
    private static readonly string[] _places = ["left", "right", "upper_lobe", "base", "mild", "severe"];
    private static readonly string[] _words = [.. _labels, "lung", .. _places];
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Single_label_figures_are_unchanged()
    {
        IDataView first = Single(48, 1),
            second = Single(48, 2);
        EvaluateOptions options = new() { Resamples = 40, TrainingData = Single(60, 3) };
        Check("single-label", Document(first, second, options));
    }

    [Fact]
    public void Multi_label_figures_are_unchanged()
    {
        IDataView first = Several(48, 1),
            second = Several(48, 2);
        EvaluateOptions options = new() { Resamples = 40, TrainingData = Several(60, 3) };
        Check("multi-label", Document(first, second, options));
    }

    private JsonObject Document(IDataView first, IDataView second, EvaluateOptions options)
    {
        ChestXrayCatalog cxr = _ml.ChestXray();
        ScoredRows scored = ScoredRows.Read(second, withWords: true, step: null, TestContext.Current.CancellationToken);
        CascadeMeasurement measured = new(
            [cxr.Evaluate(first, options), cxr.Evaluate(second, options)],
            2,
            cxr.Compare(first, second, options),
            scored
        );
        return MeasurementDocument.Of(measured, [], []);
    }

    private static void Check(string name, JsonObject document)
    {
        string file = Path.Combine(TestData.RepositoryRoot, "tests", "CxrAnnotate.Tests", "Evaluation", $"figures.{name}.txt");
        Dictionary<string, string> computed = [];
        Flatten("", document, computed);
        if (Environment.GetEnvironmentVariable("CXR_WRITE_GOLDEN") == "1")
            File.WriteAllLines(file, computed.Select(line => $"{line.Key} {line.Value}"));
        string[] expected = File.ReadAllLines(file);
        Assert.True(expected.Length > 300);
        Assert.Empty(
            from line in expected
            let name_ = line[..line.IndexOf(' ', StringComparison.Ordinal)]
            let value = line[(name_.Length + 1)..]
            where !computed.TryGetValue(name_, out string? now) || !Same(value, now)
            select $"{line}, now {computed.GetValueOrDefault(name_) ?? "missing"}"
        );
    }

    /// <summary>Numbers may differ in the last digits, since logarithms and exponentials depend on the platform.</summary>
    private static bool Same(string expected, string now)
    {
        string[] a = expected.Split(' '),
            b = now.Split(' ');
        return a.Length == b.Length
            && a.Zip(b)
                .All(pair =>
                    pair.First == pair.Second
                    || (
                        double.TryParse(pair.First, CultureInfo.InvariantCulture, out double x)
                        && double.TryParse(pair.Second, CultureInfo.InvariantCulture, out double y)
                        && Math.Abs(x - y) <= 1e-12 * Math.Max(1, Math.Abs(x))
                    )
                );
    }

    /// <summary>
    /// One line for each figure (value, low, high) and each other value; for groups and baselines only the figures over all images.
    /// </summary>
    private static void Flatten(string path, JsonNode? node, Dictionary<string, string> lines)
    {
        if (path.StartsWith(".baselines", StringComparison.Ordinal) && path.EndsWith("].abnormal", StringComparison.Ordinal))
            return;
        if (path.Contains(".groups[", StringComparison.Ordinal) && (path.EndsWith(".abnormal", StringComparison.Ordinal) || path[1] == 'b'))
            return;
        switch (node)
        {
            case JsonObject figure when figure.ContainsKey("value") && figure.ContainsKey("low"):
                lines.Add(path, string.Join(' ', figure.Select(part => part.Value?.ToJsonString() ?? "null")));
                break;
            case JsonObject properties:
                foreach ((string name, JsonNode? value) in properties)
                    Flatten($"{path}.{name}", value, lines);
                break;
            case JsonArray items when items.All(item => item is JsonValue):
                if (items.Count > 0)
                    lines.Add(path, items.ToJsonString());
                break;
            case JsonArray items:
                for (int i = 0; i < items.Count; i++)
                    Flatten($"{path}[{i}]", items[i], lines);
                break;
            case JsonValue value:
                lines.Add(path, value.ToJsonString());
                break;
        }
    }

    private IDataView Single(int count, ulong seed) =>
        View(
            Rows(count, seed, multi: false),
            [
                (nameof(SingleRow.Label), _labels, true),
                (nameof(SingleRow.PredictedLabel), _labels, true),
                (nameof(SingleRow.Score), _parts, false),
                (nameof(SingleRow.WordProbability), _words, false),
            ],
            row => new SingleRow(row)
        );

    private IDataView Several(int count, ulong seed) =>
        View(
            Rows(count, seed, multi: true),
            [
                (nameof(SeveralRow.Label), _findings, false),
                (nameof(SeveralRow.PredictedLabels), _findings, false),
                (nameof(SeveralRow.Score), _findings, false),
                (nameof(SeveralRow.WordProbability), _words, false),
            ],
            row => new SeveralRow(row)
        );

    private IDataView View<T>(IEnumerable<Drawn> rows, (string Column, string[] Names, bool IsKey)[] named, Func<Drawn, T> make)
        where T : class
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(T));
        foreach ((string column, string[] names, bool key) in named)
        {
            schema[column].ColumnType = key
                ? new KeyDataViewType(typeof(uint), names.Length)
                : new VectorDataViewType(NumberDataViewType.Single, names.Length);
            schema[column]
                .AddAnnotation(
                    key ? "KeyValues" : "SlotNames",
                    new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]),
                    new VectorDataViewType(TextDataViewType.Instance, names.Length)
                );
        }

        return _ml.Data.LoadFromEnumerable(rows.Select(make).ToArray(), schema);
    }

    /// <summary>
    /// Truth, source and view depend on the row; predictions depend on the seed, too. The random generator is written out here, so that it never
    /// changes.
    /// </summary>
    private static IEnumerable<Drawn> Rows(int count, ulong seed, bool multi)
    {
        for (int i = 0; i < count; i++)
        {
            Draws truth = new((ulong)i + 1),
                read = new((ulong)i + 1000 * seed);
            string Context(Draws draws) =>
                draws.Below(4) == 0
                    ? ""
                    : $" lung {_places[draws.Below(2)]} "
                        + $"{_places[2 + draws.Below(2)]}{(draws.Below(3) == 0 ? " " + _places[4 + draws.Below(2)] : "")}";
            bool[] present = [.. Enumerable.Range(0, 3).Select(_ => truth.Below(3) == 0)],
                said = [.. present.Select(p => p ? read.Below(3) > 0 : read.Below(4) == 0)];
            if (!multi)
            {
                int label = truth.Below(4),
                    guess = read.Below(3) > 0 ? label : read.Below(4);
                (present, said) = ([.. Enumerable.Range(1, 3).Select(k => k == label)], [.. Enumerable.Range(1, 3).Select(k => k == guess)]);
            }

            string Text(bool[] of, Draws draws) =>
                Array.TrueForAll(of, p => !p)
                    ? "normal"
                    : string.Join(" | ", Enumerable.Range(0, 3).Where(k => of[k]).Select(k => _findings[k] + Context(draws)));
            string caption = Text(present, truth),
                emitted = read.Below(3) == 0 ? caption : Text(said, read);
            yield return new Drawn(
                i % 11 == 5 ? null : present,
                said,
                [.. Enumerable.Range(0, 5).Select(k => (float)(read.Below(16) + 1 + (k < 3 && said[k] ? 8 : 0)) / 32)],
                i % 13 == 7 ? "" : caption,
                emitted,
                [.. _words.Select(w => (read.Below(8) + (emitted.Contains(w, StringComparison.Ordinal) ? 6 : 1)) / 16f)],
                i % 3 == 0 ? "a" : "b",
                i % 2 == 0 ? "PA" : "LATERAL",
                $"p{i / 3}",
                i % 9 == 4
            );
        }
    }

    private sealed class Draws(ulong state)
    {
        private ulong _state = state * 2862933555777941757UL + 3037000493UL;

        internal int Below(int count)
        {
            _state = _state * 6364136223846793005UL + 1442695040888963407UL;
            return (int)((_state >> 33) % (ulong)count);
        }
    }

    private sealed record Drawn(
        bool[]? Present,
        bool[] Said,
        float[] Scores,
        string Caption,
        string Emitted,
        float[] Words,
        string Source,
        string View,
        string Patient,
        bool HasUnknown
    );

    private abstract class ReadRow(Drawn row)
    {
        public string Caption { get; set; } = row.Caption;

        public string Annotation { get; set; } = row.Emitted;

        public string AnnotationTokens { get; set; } = row.Emitted;

        public float AnnotationProbability { get; set; } = 0.5f;

        public float[] WordProbability { get; set; } = row.Words;

        public string Source { get; set; } = row.Source;

        public string View { get; set; } = row.View;

        public string PatientId { get; set; } = row.Patient;
    }

    private sealed class SingleRow(Drawn row) : ReadRow(row)
    {
        /// <summary>ML.NET reads key members as 0-based; values outside the range are missing.</summary>
        public uint Label { get; set; } = row.Present is { } present ? (uint)(Array.IndexOf(present, true) + 1) : uint.MaxValue;

        public uint PredictedLabel { get; set; } = (uint)(Array.IndexOf(row.Said, true) + 1);

        public float[] Score { get; set; } = [.. row.Scores.Select(s => s / row.Scores.Sum())];
    }

    private sealed class SeveralRow(Drawn row) : ReadRow(row)
    {
        public float[] Label { get; set; } =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(k =>
                    row.Present is not { } present || (row.HasUnknown && k == 1) ? float.NaN
                    : present[k] ? 1f
                    : 0
                ),
        ];

        public float[] PredictedLabels { get; set; } = [.. row.Said.Select(s => s ? 1f : 0)];

        public float[] Score { get; set; } = row.Scores[..3];
    }
}
