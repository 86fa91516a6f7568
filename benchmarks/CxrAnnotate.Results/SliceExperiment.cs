using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Results;

/// <summary>
/// Whether <see cref="ErrorSlices"/> finds a shortcut that was planted: phantoms in which a mark goes along with pleural effusion, a network trained
/// on them for a moment, and the slices of images of the same kind that it has not seen. In a null run the mark is drawn in every second image,
/// whatever it shows.
/// </summary>
/// <param name="mark">The mark.</param>
/// <param name="isNull">Whether it goes along with nothing.</param>
internal sealed class SliceExperiment(PhantomMark mark, bool isNull)
{
    private const string Heading = "Pleural Effusion";
    private const int TrainingStudies = 1200,
        TestStudies = 2400,
        Top = 3;

    /// <summary>
    /// How far a slice must agree with the planted cases of its label (the correlation of being in the one and being one of the other, phi) to count
    /// as their discovery.
    /// </summary>
    private const double Agreement = 0.5;

    /// <summary>Trains and looks once.</summary>
    internal SliceRun Run(int seed)
    {
        var context = new MLContext(seed);
        ChestXrayCatalog cxr = context.ChestXray();
        ChestPhantom train = Phantom(seed, TrainingStudies),
            test = Phantom(seed + 1_000_000, TestStudies);
        IDataView rows = cxr.Data.CreatePhantom(train.Options, 0, 0),
            unseen = cxr.Data.CreatePhantom(test.Options, 0, 0);
        var stages = cxr.MineLabels(new MineLabelsOptions { MinimumCases = 20 })
            .Append(cxr.BalanceClasses())
            .Append(
                cxr.ClassifyDisease(
                    new ClassifyDiseaseOptions
                    {
                        CropSize = 56,
                        Optimization = new() { Epochs = 4 },
                        Seed = seed,
                    }
                )
            )
            .Append(
                cxr.DecodeContext(
                    new DecodeContextOptions
                    {
                        HiddenSize = 64,
                        Search = DecodingSearch.Greedy,
                        Optimization = new() { Epochs = 8, LearningRate = 2e-3 },
                        Seed = seed,
                    }
                )
            );
        TransformerChain<DecodeContextTransformer> model = stages.Fit(rows);
        IDataView read = cxr.ContextVectors(model.LastTransformer, new ContextVectorsOptions { OutputColumnName = "TrueContext" })
            .Fit(model.Transform(rows))
            .Transform(model.Transform(unseen));
        var reader = new ColumnReader(read);
        SingleVectorColumn features = reader.Vector("Features"),
            contexts = reader.Vector("TrueContext");
        TextKeyColumn truth = reader.Key("Label"),
            predicted = reader.Key("PredictedLabel");
        TextColumn studies = reader.Text("StudyId");
        reader.Read();
        string?[] labels = [.. truth.ClassIndices().Select(label => label < 0 ? null : truth.Names[label])];
        bool[] wrong = [.. predicted.ClassIndices().Select((label, i) => label < 0 || predicted.Names[label] != labels[i])];
        int[] of = [.. studies.Values.Select(id => int.Parse(id.AsSpan(1), CultureInfo.InvariantCulture))];
        bool[] planted = [.. of.Select((study, i) => test.IsMarked(study) != (labels[i] == "pleural_effusion"))];
        foreach (IDisposable stage in model.OfType<IDisposable>())
            stage.Dispose();
        return new SliceRun(
            seed,
            mark.ToString(),
            isNull,
            wrong.Count(w => w) / (double)wrong.Length,
            Rate(i => labels[i] == "pleural_effusion" && planted[i]),
            Rate(i => labels[i] == "pleural_effusion" && !planted[i]),
            Outcome(features.Values),
            Outcome(contexts.Values)
        );

        double Rate(Func<int, bool> isOf)
        {
            int[] cases = [.. Enumerable.Range(0, wrong.Length).Where(isOf)];
            return cases.Length == 0 ? double.NaN : cases.Count(i => wrong[i]) / (double)cases.Length;
        }

        SliceOutcome Outcome(IReadOnlyList<float[]> vectors)
        {
            IReadOnlyList<ErrorSlice> slices = ErrorSlices.Find(vectors, labels, wrong);
            double[] agreements = [.. slices.Select(slice => Phi(slice, labels, planted))];
            return new SliceOutcome(
                slices.Count,
                Array.FindIndex(agreements, agreement => agreement >= Agreement) + 1,
                [.. agreements.Take(Top)],
                [.. slices.Take(Top).Select(s => FormattableString.Invariant($"{s.Label} {s.Errors}/{s.Cases.Count} others {s.OtherErrorRate:F2}"))]
            );
        }
    }

    /// <summary>Whether a run found the planted cases among the first slices.</summary>
    internal static bool IsFound(SliceOutcome outcome) => outcome.Rank is > 0 and <= Top;

    private ChestPhantom Phantom(int seed, int studies) =>
        new(
            new ChestPhantomOptions
            {
                Studies = studies,
                Size = 64,
                NormalFraction = 0.4,
                FindingContrast = 0.6,
                Headings = [Heading, "Cardiomegaly", "Opacity"],
                Seed = seed,
                Shortcut = new PhantomShortcut
                {
                    Heading = Heading,
                    Mark = mark,
                    WithFinding = isNull ? 0.5 : 0.9,
                    WithoutFinding = isNull ? 0.5 : 0.02,
                },
            }
        );

    private static double Phi(ErrorSlice slice, string?[] labels, bool[] planted)
    {
        HashSet<int> own = [.. slice.Cases];
        double both = 0,
            inSlice = own.Count,
            ofPlanted = 0,
            all = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] != slice.Label)
                continue;
            all++;
            ofPlanted += planted[i] ? 1 : 0;
            both += planted[i] && own.Contains(i) ? 1 : 0;
        }

        double spread = Math.Sqrt(inSlice * (all - inSlice) * ofPlanted * (all - ofPlanted));
        return spread > 0 ? ((both * all) - (inSlice * ofPlanted)) / spread : 0;
    }
}

/// <summary>What a run found with one kind of vectors.</summary>
/// <param name="Slices">The number of slices listed.</param>
/// <param name="Rank">The place of the first slice of the planted cases, from 1; 0 if there is none.</param>
/// <param name="Agreements">The agreement (phi) of the first slices with the planted cases of their label.</param>
/// <param name="First">The first slices in words.</param>
internal sealed record SliceOutcome(int Slices, int Rank, IReadOnlyList<double> Agreements, IReadOnlyList<string> First);

/// <summary>One run.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Mark">The mark.</param>
/// <param name="IsNull">Whether it goes along with nothing.</param>
/// <param name="ErrorRate">Of all unseen images.</param>
/// <param name="PlantedErrorRate">Of effusions without the mark.</param>
/// <param name="OtherErrorRate">Of effusions with it.</param>
/// <param name="Features">By the features of the image network.</param>
/// <param name="Contexts">By joint context vectors.</param>
internal sealed record SliceRun(
    int Seed,
    string Mark,
    bool IsNull,
    double ErrorRate,
    double PlantedErrorRate,
    double OtherErrorRate,
    SliceOutcome Features,
    SliceOutcome Contexts
)
{
    private static readonly JsonSerializerOptions _compact = new(JsonSerializerDefaults.Web);

    internal string ToJson() => JsonSerializer.Serialize(this, _compact);

    internal static SliceRun OfJson(string line) => JsonSerializer.Deserialize<SliceRun>(line, _compact)!;
}
