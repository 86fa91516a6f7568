using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Adds the features of each row's image. Made by <see cref="FeaturizeRadiographsEstimator"/>.</summary>
public sealed class FeaturizeRadiographsTransformer : StageTransformer, IDisposable
{
    private readonly FeaturizeRadiographsOptions _options;
    private readonly int _seed;
    private readonly ClassifierModel _model;
    private readonly bool _ownsNetwork;
    private readonly ImageSource _source;

    internal FeaturizeRadiographsTransformer(
        MLContext context,
        FeaturizeRadiographsOptions options,
        int seed,
        ClassifierModel model,
        bool ownsNetwork,
        ImageSource source
    )
        : base(context)
    {
        _options = options;
        _seed = seed;
        _model = model;
        _ownsNetwork = ownsNetwork;
        _source = source;
    }

    /// <summary>The number of features.</summary>
    public int FeatureCount => _model.Configuration.Architecture.EmbeddingSize;

    /// <summary>Frees a network that was loaded from a file; a fitted stage's network is freed by that stage. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        if (_ownsNetwork)
            _model.Dispose();
    }

    /// <summary>Writes an ONNX graph of the features; the variants are for training only.</summary>
    private protected override void SaveModel(ModelSaveContext context)
    {
        ClassifierConfiguration configuration = _model.Configuration;
        var graph = new OnnxGraph("featurizer");
        SavedImageColumn input = SavedImageColumn.Of(_options.ImageColumnName, _source, configuration.Height, configuration.Width);
        OnnxValue image = ImageGraph.Input(graph, input.GraphInput, input.Channels, configuration.Height, configuration.Width);
        var (features, _) = ClassifierGraph.Write(graph, _model, image, foldNormalization: true);
        // ML.NET makes a matrix of one row of a graph's output. Trainers that were fitted to a vector want one, which joining two outputs gives.
        int[] ends = [FeatureCount / 2, FeatureCount];
        string[] parts = [_options.FeaturesColumnName + "#1", _options.FeaturesColumnName + "#2"];
        if (FeatureCount == 1)
            (ends, parts) = ([1], [_options.FeaturesColumnName]);
        for (int part = 0, start = 0; part < parts.Length; start = ends[part], part++)
        {
            graph.Output(parts[part], graph.Slice(features, (1, start, ends[part])), OnnxType.Single, null, ends[part] - start);
        }

        var info = new OnnxModelInfo("featurizer", "Features of a chest radiograph.", new Dictionary<string, string>());
        SavedChain chain = input.Prepare(Context, new SavedChain(Context)).Graph(OnnxWriter.Write(graph, info), [input.GraphInput], parts);
        if (parts.Length > 1)
            chain = chain.Add(Context.Transforms.Concatenate(_options.FeaturesColumnName, parts)).Scratch(parts);
        chain.Save(context, (_options.ImageColumnName, input.Type));
    }

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        _model.Lifetime.Check();
        var image = new ImageColumn(input, _options.ImageColumnName);
        image.RequireSize(_model.Configuration.Height, _model.Configuration.Width);
        return new Mapper(this, image);
    }

    private sealed class Mapper(FeaturizeRadiographsTransformer stage, ImageColumn image) : BoundMapper
    {
        internal override int BatchSize => stage._options.BatchSize ?? stage._model.ScoringBatchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new(stage._options.FeaturesColumnName, new VectorDataViewType(NumberDataViewType.Single, stage.FeatureCount)),
            .. stage._options.Views > 0
                ? (DataViewSchema.DetachedColumn[])
                    [
                        new(
                            stage._options.FeatureViewsColumnName,
                            new VectorDataViewType(NumberDataViewType.Single, stage._options.Views, stage.FeatureCount)
                        ),
                    ]
                : [],
        ];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [image.Column];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                stage,
                input,
                new ImageBatch(image, image.Open(input), BatchSize, null),
                BatchSize,
                withFeatures: wanted[0],
                views: wanted.Length > 1 && wanted[1] ? stage._options.Views : 0
            );
    }

    private sealed class Computation(
        FeaturizeRadiographsTransformer stage,
        DataViewRow input,
        ImageBatch images,
        int batchSize,
        bool withFeatures,
        int views
    ) : BatchComputation
    {
        private readonly int[] _rows = new int[batchSize];
        private float[][] _features = [];
        private float[][][] _views = [];

        internal override void Read(int slot)
        {
            images.Read(slot);
            // The row of a prediction engine has no position.
            _rows[slot] = unchecked((int)Math.Max(0, input.Position));
        }

        internal override void Compute(int count)
        {
            if (withFeatures)
                _features = WithoutMissing(stage._model.Score(count, images.CopyTo).Features);
            _views =
            [
                .. Enumerable
                    .Range(0, views)
                    .Select(view =>
                        WithoutMissing(
                            stage._model.FeaturesOfView(
                                count,
                                images.CopyTo,
                                stage._options.Augmentation,
                                i => Seeds.At(stage._seed, view, _rows[i])
                            )
                        )
                    ),
            ];
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<VBuffer<float>>)(
                (ref VBuffer<float> value) =>
                {
                    // Requesting the slot computes the batch, so it must precede reading the arrays.
                    int row = slot();
                    DenseVector.Set(output == 0 ? _features[row] : [.. _views.SelectMany(view => view[row])], ref value);
                }
            );

        private float[][] WithoutMissing(float[][] rows)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                if (images.IsMissing(i))
                    Array.Fill(rows[i], float.NaN);
            }

            return rows;
        }
    }
}
