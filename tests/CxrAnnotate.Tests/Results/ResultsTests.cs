using System.Text.RegularExpressions;
using CxrAnnotate.Results;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>What measures readers on the same folds (benchmarks/CxrAnnotate.Results), on phantoms and by hand.</summary>
public sealed class ResultsTests : IDisposable
{
    private const int Folds = 3,
        Seed = 5,
        Studies = 60;

    private static readonly MineLabelsOptions _mining = new() { MinimumCases = 5 };

    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(seed: Seed);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folds_are_by_patient_and_those_of_the_cascade()
    {
        FoldedSet set = Phantoms();
        Assert.Equal(Enumerable.Range(1, Folds), set.Cases.Select(one => one.Fold).Distinct().Order());
        Assert.All(set.Cases.GroupBy(one => one.Patient), patient => Assert.Single(patient.Select(one => one.Fold).Distinct()));
        Assert.All(
            Enumerable.Range(1, Folds),
            fold => Assert.Equal(Enumerable.Range(0, set.Cases.Count), set.Test(fold).Concat(set.Training(fold)).Order())
        );
        Assert.Equal(set.Cases, Phantoms().Cases);

        // The reader itself refuses readings in another order than that of the folds.
        IReadOnlyList<ReaderOutput> outputs = new CascadeReader("small", Small()).Read(_context, set);
        Assert.Equal(["small, iteration 1", "small, control", "small"], outputs.Select(output => output.Name));
        Assert.All(outputs, output => Assert.All(output.Readings, Assert.NotNull));
        FoldedSet other = FoldedSet.Load(_context, Table, Folds, Seed + 1, _mining);
        Assert.NotEqual(set.Cases, other.Cases);
    }

    [Fact]
    public void Draws_of_phantoms_share_no_study_and_are_read_the_same_whatever_part_is_trained_on()
    {
        var phantoms = new ChestPhantomOptions
        {
            Studies = 60,
            Size = 64,
            Seed = Seed,
        };
        FoldedSet whole = Drawn(1),
            half = Drawn(0.5);
        Assert.Equal(whole.Cases, half.Cases);
        Assert.Equal(whole.Labels, half.Labels);
        Assert.Equal(24, whole.Cases.Count);
        Assert.Equal([12, 12], Enumerable.Range(1, 2).Select(fold => whole.Test(fold).Count));
        string[][] studies =
        [
            .. whole.Draws!.SelectMany(draw => new[] { draw.Train, draw.Test }).Select(view => Ids(view)),
        ];
        Assert.Equal([48, 12, 48, 12], studies.Select(ids => ids.Length));
        Assert.Equal(120, studies.SelectMany(ids => ids).Distinct(StringComparer.Ordinal).Count());
        Assert.All(half.Draws!.Zip(whole.Draws!), pair => Assert.Equal(Ids(pair.Second.Train)[..24], Ids(pair.First.Train)));

        // The control and the variant are compared with what they are of.
        Assert.False(new CascadeReader("radiographs", Small()).CanRead(half));
        ReaderOutput[] outputs = [.. new CascadeReader("phantom", Small(), isForPhantoms: true).Read(_context, half)];
        Assert.Equal(["phantom, iteration 1", "phantom, control", "phantom"], outputs.Select(output => output.Name));
        ReaderOutput[] variant = [.. outputs.Select(output => output with { Name = output.Name.Replace("phantom", "phantom-no-words") })];
        string tables = ResultTables.Of([FileOf("phantom", outputs), FileOf("phantom-no-words", variant)], 0, 1);
        Assert.Equal(
            ["phantom, iteration 1", "phantom", "phantom-no-words, iteration 1", "phantom-no-words"],
            Rows("### Disease: minus the control")
        );
        Assert.Equal(
            ["phantom-no-words, iteration 1", "phantom-no-words, control", "phantom-no-words"],
            Rows("### Disease: minus the reader that it is a variant of")
        );

        string[] Rows(string title) =>
            [
                .. tables[tables.IndexOf(title, StringComparison.Ordinal)..]
                    .Split('\n')
                    .Skip(4)
                    .TakeWhile(line => line.StartsWith('|'))
                    .Select(line => line.Split('|')[1].Trim()),
            ];

        FoldedSet Drawn(double part) => FoldedSet.Draw(_context, draws: 2, phantoms, part, minimumCases: 1);

        static string[] Ids(IDataView view) => [.. view.GetColumn<string>(nameof(RadiographRecord.StudyId))];

        ReadingsFile FileOf(string reader, ReaderOutput[] of) =>
            new()
            {
                Set = "phantoms",
                Reader = reader,
                Folds = 2,
                Seed = Seed,
                Cases = [.. half.Cases],
                Outputs = of,
                Cost = new ReadingCost(1, 1, 1),
            };
    }

    [Fact]
    public void A_file_of_readings_is_read_as_it_was_written_and_refused_where_it_is_damaged()
    {
        string path = Path.Combine(_folder.Path, "toy.right.json");
        ReadingsFile written = Toy("right", right: true);
        written.Write(path);
        ReadingsFile read = ReadingsFile.Read(path);
        Assert.Equal(written.Cases, read.Cases);
        Assert.Equal(written.Cost, read.Cost);
        Assert.Equal((written.Set, written.Reader, written.Folds, written.Seed), (read.Set, read.Reader, read.Folds, read.Seed));
        Assert.Equal(ResultTables.Of([written], 20, 1), ResultTables.Of([read], 20, 1));

        string text = File.ReadAllText(path);
        File.WriteAllText(path, text[..(text.Length / 2)]);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => ReadingsFile.Read(path)).Message, StringComparison.Ordinal);
        (written with { Format = ReadingsFile.CurrentFormat + 1 }).Write(path);
        Assert.Throws<InvalidDataException>(() => ReadingsFile.Read(path));
        (written with { Cases = written.Cases[1..] }).Write(path);
        string partial = Assert.Throws<InvalidDataException>(() => ReadingsFile.Read(path)).Message;
        Assert.Contains("12 readings of 11 cases", partial, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_readers_are_in_one_table_with_counts_and_differences()
    {
        string tables = ResultTables.Of([Toy(AllReaders.Stock, right: false), Toy("right", right: true)], 50, 1);
        string[] lines = tables.Split(Environment.NewLine);

        // Of 12 cases half are normal; a reader that says "normal" of all has an F1 of 2/3 and 0.
        Assert.Contains("macro-F1 (2 labels, n 12)", tables, StringComparison.Ordinal);
        Assert.Contains("AUROC near (3 vs 3)", tables, StringComparison.Ordinal);
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^\| stock \| 0\.500 \(.*\) \| 0\.333 \("));
        Assert.Contains(lines, line => line.StartsWith("| right | 1.000 (1.000–1.000) | 1.000 ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("| right | **+0.500 (", StringComparison.Ordinal));
        Assert.Contains("### Side and severity, by the probabilities of words: minus stock", tables, StringComparison.Ordinal);

        // The annotation that is usual within the source knows the disease, not the side.
        string usual = "### Annotations of abnormal images: minus the most frequent annotation of its label within the source";
        Assert.Contains(usual, tables, StringComparison.Ordinal);
        Assert.Contains("| toy | right | 2 | 3 | 5 |", tables, StringComparison.Ordinal);
    }

    [Fact]
    public void Readings_of_other_folds_are_not_compared()
    {
        ReadingsFile first = Toy("right", right: true),
            second = Toy(AllReaders.Stock, right: false);
        second.Cases[3] = second.Cases[3] with { Fold = 1 + (second.Cases[3].Fold % 2) };
        string message = Assert.Throws<InvalidDataException>(() => ResultTables.Of([first, second], 0, 1)).Message;
        Assert.Contains("'right' and by 'stock'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_usual_annotation_is_of_the_other_folds_and_the_same_source()
    {
        FoldedCase[] cases =
        [
            new("a", "a", "near", "", "nodule", "nodule lung left", 1),
            new("b", "b", "near", "", "nodule", "nodule lung right", 2),
            new("c", "c", "far", "", "nodule", "nodule lung left", 2),
            new("d", "d", "far", "", "nodule", "nodule lung left", 2),
        ];
        var output = new ReaderOutput("toy", ["nodule#1", "mass"], ["left"], [.. cases.Select(_ => new Reading("nodule#1", [1, 0], "nodule", [1]))]);
        string[] usual = [.. UsualAnnotations.Instead(output, cases).Readings.Select(reading => reading.Annotation)];

        // Of the source 'far' no other fold has a case: all sources then count.
        Assert.Equal(["nodule lung right", "nodule lung left", "nodule lung left", "nodule lung left"], usual);
        Assert.Equal("mass", UsualAnnotations.Of(cases, "mass"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_regression_reads_what_features_say(bool isStandardized)
    {
        FoldedSet set = Phantoms();
        AnnotationSlots[] slots = [.. set.Cases.Select(one => AnnotationSlots.Parse(one.Caption))];
        Features[] features =
        [
            .. set.Cases.Select(
                (one, i) =>
                    new Features
                    {
                        Values =
                        [
                            .. set.Labels.Select(label => one.Label == label ? 9f : 0f),
                            slots[i][AnnotationSlots.Side].Contains("right") ? 9 : 0,
                            slots[i][AnnotationSlots.Side].Contains("left") ? 9 : 0,
                        ],
                    }
            ),
        ];
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Features));
        definition[nameof(Features.Values)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, set.Labels.Length + 2);
        ReaderOutput output = Assert.Single(
            new FeatureReader(
                "toy",
                (context, _) =>
                    context
                        .Transforms.CopyColumns(FeatureReader.FeaturesColumn, nameof(Features.Values))
                        .Fit(context.Data.LoadFromEnumerable(features, definition))
                        .Transform(context.Data.LoadFromEnumerable(features, definition)),
                isStandardized
            ).Read(_context, set)
        );
        AnnotationFigures figures = new SetFigures(set.Cases, [output], resamples: 0, Seed).Of("toy", new());
        Assert.Equal(1, figures.Accuracy.Value);
        Assert.Equal(1, figures.Slots[AnnotationSlots.Side].Auroc.Value);
        Assert.True(figures.Slots[AnnotationSlots.Side].RankedCases > 5);
        Assert.Equal(1, figures.Slots[AnnotationSlots.Finding].Accuracy.Value);
        Assert.All(output.Readings, reading => Assert.Equal(1, reading.Scores.Sum(), 1e-4));
    }

    [Fact]
    public void The_stock_network_gives_512_features_an_image()
    {
        FoldedSet set = Phantoms();
        IDataView two = _context.Data.TakeRows(set.Rows, 2);
        float[][] features = [.. FeatureReader.StockFeatures(_context, two).GetColumn<float[]>(FeatureReader.FeaturesColumn)];
        Assert.Equal([512, 512], features.Select(one => one.Length));
        Assert.All(features, one => Assert.True(one.All(float.IsFinite) && one.Max() > 0));

        // The library's first 512 features are those of the same network; both read the image with a resampling of their own.
        float[][] regions = [.. FeatureReader.RegionFeatures(_context, two).GetColumn<float[]>(FeatureReader.FeaturesColumn)];
        Assert.Equal([5632, 5632], regions.Select(one => one.Length));
        Assert.All(features.Zip(regions), pair => Assert.True(Correlation(pair.First, pair.Second[..512]) > 0.9));
    }

    private string Table => Path.Combine(_folder.Path, "annotations.csv");

    private FoldedSet Phantoms()
    {
        if (!File.Exists(Table))
            _context
                .ChestXray()
                .Data.WritePhantom(
                    _folder.Path,
                    new ChestPhantomOptions
                    {
                        Studies = Studies,
                        Size = 64,
                        NormalFraction = 0.4,
                        Headings = ["Cardiomegaly", "Pleural Effusion"],
                    },
                    cancellationToken: TestContext.Current.CancellationToken
                );
        return FoldedSet.Load(_context, Table, Folds, Seed, _mining);
    }

    private static RecurrentCascadeOptions Small() =>
        new()
        {
            ValidationFraction = 0,
            FeatureViews = 0,
            Mining = _mining,
            Loading = new() { Height = 64, Width = 64 },
            Relabeling = new() { MinimumClusterSize = 4, MinimumSilhouette = 0 },
            Classifier = new()
            {
                CropSize = 56,
                Optimization = new() { Epochs = 1 },
            },
            Decoder = new()
            {
                HiddenSize = 16,
                Optimization = new() { Epochs = 1, BatchSize = 16 },
            },
        };

    /// <summary>Twelve cases of two sources: every other normal, the rest nodules on the right or the left in turn.</summary>
    private static ReadingsFile Toy(string reader, bool right)
    {
        FoldedCase[] cases =
        [
            .. Enumerable
                .Range(0, 12)
                .Select(i =>
                    i % 2 == 0
                        ? new FoldedCase($"{i}.png", $"p{i}", i < 6 ? "near" : "far", "", "normal", "normal", 1 + (i / 2 % 2))
                        : new FoldedCase($"{i}.png", $"p{i}", i < 6 ? "near" : "far", "", "nodule", $"nodule lung {SideOf(i)}", 1 + (i / 2 % 2))
                ),
        ];
        return new ReadingsFile
        {
            Set = "toy",
            Reader = reader,
            Folds = 2,
            Seed = 1,
            Cases = cases,
            Outputs =
            [
                new ReaderOutput(
                    reader,
                    ["nodule", "normal"],
                    ["right", "left"],
                    [
                        .. cases.Select(
                            (one, i) =>
                                right
                                    ? new Reading(one.Label!, OneHot(one.Label == "nodule"), one.Caption, OneHot(SideOf(i) == "right"))
                                    : new Reading("normal", [0, 1], "normal", [0.5f, 0.5f])
                        ),
                    ]
                ),
            ],
            Cost = new ReadingCost(2, 3, 5_000_000),
        };
    }

    private static double Correlation(float[] first, float[] second)
    {
        double ofFirst = first.Average(),
            ofSecond = second.Average();
        double Product(float[] a, double meanA, float[] b, double meanB) => a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
        return Product(first, ofFirst, second, ofSecond)
            / Math.Sqrt(Product(first, ofFirst, first, ofFirst) * Product(second, ofSecond, second, ofSecond));
    }

    private static float[] OneHot(bool first) => first ? [1, 0] : [0, 1];

    private static string SideOf(int i) => i % 4 == 1 ? "right" : "left";

    private sealed class Features
    {
        public float[] Values { get; set; } = [];
    }
}
