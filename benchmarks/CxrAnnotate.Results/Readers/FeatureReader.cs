using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace CxrAnnotate.Results;

/// <summary>
/// ML.NET's logistic regression on features of a network that is not trained: one for the label, one for the side, one for the severity. Its
/// annotation is the most frequent one of the label.
/// </summary>
/// <param name="name">The reader's name.</param>
/// <param name="featurize">Adds the column <see cref="FeaturesColumn"/> to rows with the column <c>ImagePath</c>.</param>
/// <param name="isStandardized">
/// Whether features are standardised and the L1 term is left out, as in a textbook; if not, all is as ML.NET's defaults have it (L1 and L2 of 1).
/// </param>
internal sealed class FeatureReader(string name, Func<MLContext, IDataView, IDataView> featurize, bool isStandardized = false) : IReader
{
    internal const string FeaturesColumn = "Features";

    /// <summary>The side in pixels of the images that the networks were trained on.</summary>
    private const int Side = 224;

    private static readonly string[] _sides = ["right", "left"],
        _severities = ["mild", "moderate", "severe"];

    public string Name => name;

    /// <summary>Radiographs only: it reads files.</summary>
    public bool CanRead(FoldedSet set) => set.Table is not null;

    /// <summary>ML.NET's own ResNet-18, as in samples/StockPipeline: 512 features.</summary>
    internal static IDataView StockFeatures(MLContext context, IDataView rows) =>
        context
            .Transforms.LoadImages("StockImage", null, nameof(RadiographRecord.ImagePath))
            .Append(context.Transforms.ResizeImages("StockImage", Side, Side))
            .Append(context.Transforms.ExtractPixels("StockPixels", "StockImage"))
            .Append(
                context.Transforms.DnnFeaturizeImage(
                    FeaturesColumn,
                    m => m.ModelSelector.ResNet18(context, m.OutputColumn, m.InputColumn),
                    "StockPixels"
                )
            )
            .Fit(rows)
            .Transform(rows);

    /// <summary>
    /// The library's features of the same network: the same 512, and the means of its maps over 2 x 2 and 3 x 4 regions, 5,632 numbers in all.
    /// </summary>
    internal static IDataView RegionFeatures(MLContext context, IDataView rows)
    {
        ChestXrayCatalog cxr = context.ChestXray();
        var options = new FeaturizeRadiographsOptions { Pretrained = PretrainedWeights.ImageNet, FeaturesColumnName = FeaturesColumn };
        return cxr.LoadRadiographs(height: Side, width: Side).Append(cxr.FeaturizeRadiographs(options)).Fit(rows).Transform(rows);
    }

    public IReadOnlyList<ReaderOutput> Read(MLContext context, FoldedSet set)
    {
        // Nothing is learnt of the images here, so the features may be computed once for all folds.
        float[][] features = [.. featurize(context, set.Rows).GetColumn<float[]>(FeaturesColumn)];
        if (Array.FindIndex(features, values => !Array.TrueForAll(values, float.IsFinite)) is >= 0 and int unreadable)
            throw new InvalidDataException(
                $"'{set.Cases[unreadable].Image}' could not be read. The warnings name all such images; take them out of '{set.Table}'."
            );
        AnnotationSlots[] slots = [.. set.Cases.Select(one => AnnotationSlots.Parse(one.Caption))];
        string?[] side = [.. slots.Select(one => Only(one[AnnotationSlots.Side], _sides))],
            severity = [.. slots.Select(one => Only(one[AnnotationSlots.Severity], _severities))],
            label = [.. set.Cases.Select(one => one.Label)];
        string[] sides = [.. _sides.Where(side.Contains)],
            severities = [.. _severities.Where(severity.Contains)];

        var readings = new Reading[set.Cases.Count];
        for (int fold = 1; fold <= set.Folds; fold++)
        {
            IReadOnlyList<int> training = set.Training(fold),
                test = set.Test(fold);
            float[][] labels = Classify(context, features, label, set.Labels, training, test),
                ofSides = Classify(context, features, side, sides, training, test),
                ofSeverities = Classify(context, features, severity, severities, training, test);
            FoldedCase[] known = [.. training.Select(i => set.Cases[i])];
            Dictionary<string, string> usual = set.Labels.ToDictionary(one => one, one => UsualAnnotations.Of(known, one), StringComparer.Ordinal);
            for (int t = 0; t < test.Count; t++)
            {
                string read = set.Labels[Array.IndexOf(labels[t], labels[t].Max())];
                readings[test[t]] = new Reading(read, labels[t], usual[read], [.. ofSides[t], .. ofSeverities[t]]);
            }
        }

        return [new ReaderOutput(name, set.Labels, [.. sides, .. severities], readings)];
    }

    /// <summary>The one value that a slot has, if it is among the given ones.</summary>
    private static string? Only(IReadOnlySet<string> values, string[] among) => values.Count == 1 ? values.FirstOrDefault(among.Contains) : null;

    /// <summary>Trains on the training cases whose class is known.</summary>
    /// <returns>By test case and class, the probability; equal ones if the training cases have fewer than two classes.</returns>
    private float[][] Classify(
        MLContext context,
        float[][] features,
        string?[] truth,
        string[] classes,
        IReadOnlyList<int> training,
        IReadOnlyList<int> test
    )
    {
        Example[] known = [.. training.Where(i => truth[i] is not null).Select(i => new Example { Features = features[i], Class = truth[i]! })];
        if (known.DistinctBy(example => example.Class).Take(2).Count() < 2)
            return [.. test.Select(_ => classes.Select(_ => 1f / classes.Length).ToArray())];

        SchemaDefinition definition = SchemaDefinition.Create(typeof(Example));
        definition[nameof(Example.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features[0].Length);
        IDataView View(IEnumerable<Example> examples) => context.Data.LoadFromEnumerable(examples, definition);
        // One thread, since sums of several depend on their order.
        var options = new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 };
        IEstimator<ITransformer> pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(Example.Class));
        if (isStandardized)
        {
            options.L1Regularization = 0;
            pipeline = pipeline
                .Append(context.Transforms.NormalizeMeanVariance(nameof(Example.Features), fixZero: false))
                .AppendCacheCheckpoint(context);
        }

        IDataView scored = pipeline
            .Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options))
            .Fit(View(known))
            .Transform(View(test.Select(i => new Example { Features = features[i] })));
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        string[] trained = [.. names.DenseValues().Select(value => value.ToString())];
        int[] from = [.. classes.Select(one => Array.IndexOf(trained, one))];
        return [.. scored.GetColumn<float[]>("Score").Select(scores => from.Select(k => k < 0 ? 0f : scores[k]).ToArray())];
    }

    private sealed class Example
    {
        public float[] Features { get; set; } = [];

        public string Class { get; set; } = "";
    }
}
