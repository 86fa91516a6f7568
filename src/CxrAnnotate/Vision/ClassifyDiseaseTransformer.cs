using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>A trained image network: adds Features (1024 numbers), Score (label probabilities) and PredictedLabel to rows with an image. Images are scored in batches.</summary>
public sealed class ClassifyDiseaseTransformer : StageTransformer, IDisposable
{
    private readonly ClassifyDiseaseOptions _options;

    internal ClassifyDiseaseTransformer(MLContext context, ClassifyDiseaseOptions options, ClassifierModel model, TrainingHistory history)
        : base(context)
    {
        _options = options;
        Model = model;
        History = history;
    }

    /// <summary>The label names, in the order of Score's slots.</summary>
    public IReadOnlyList<string> Labels => Model.Configuration.Labels;

    /// <summary>How the training went.</summary>
    public TrainingHistory History { get; }

    /// <summary>The number of trainable parameters of the network.</summary>
    public long ParameterCount => Model.Network.ParameterCount;

    internal ClassifierModel Model { get; }

    /// <summary>Frees the network's memory.</summary>
    public void Dispose() => Model.Dispose();

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        var column = new ImageColumn(input, _options.ImageColumnName);
        column.RequireSize(Model.Configuration.Height, Model.Configuration.Width);
        return new Mapper(Model, _options, column);
    }

    private sealed class Mapper(ClassifierModel model, ClassifyDiseaseOptions options, ImageColumn image) : BoundMapper
    {
        internal override int BatchSize => options.ScoringBatchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new(options.FeaturesColumnName, new VectorDataViewType(NumberDataViewType.Single, ImageNetwork.EmbeddingSize)),
            new(options.ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, model.Configuration.Labels.Count), TextAnnotations.SlotNames(model.Configuration.Labels)),
            new(options.PredictedLabelColumnName, new KeyDataViewType(typeof(uint), model.Configuration.Labels.Count), TextAnnotations.KeyValues(model.Configuration.Labels)),
        ];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [image.Column];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) => new Computation(model, new ImageBatch(image, image.Open(input), BatchSize));
    }

    private sealed class Computation(ClassifierModel model, ImageBatch images) : BatchComputation
    {
        private float[][] _features = [];
        private float[][] _scores = [];

        internal override void Read(int slot) => images.Read(slot);

        internal override void Compute(int count)
        {
            (_features, _scores) = model.Score(count, images.CopyTo);
            for (int i = 0; i < count; i++)
            {
                // What could not be read has no score; NaN says so, as ML.NET's own missing numbers do.
                if (images.IsMissing(i))
                {
                    Array.Fill(_features[i], float.NaN);
                    Array.Fill(_scores[i], float.NaN);
                }
            }
        }

        internal override Delegate Getter(int output, Func<int> slot)
        {
            // Asking for the slot is what computes the batch: it comes before the arrays are looked at.
            return output switch
            {
                0 => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(FeaturesAt(slot()), ref value)),
                1 => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(ScoresAt(slot()), ref value)),
                _ => (ValueGetter<uint>)((ref uint value) => value = LabelAt(slot())),
            };
        }

        private float[] FeaturesAt(int slot) => _features[slot];

        private float[] ScoresAt(int slot) => _scores[slot];

        private uint LabelAt(int slot) => images.IsMissing(slot) ? 0 : (uint)BestOf(_scores[slot]) + 1;

        private static int BestOf(float[] scores) => Array.IndexOf(scores, scores.Max());
    }
}
