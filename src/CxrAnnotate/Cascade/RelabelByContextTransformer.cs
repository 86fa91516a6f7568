using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Gives each row the label of the cluster, among those of its base label, whose centroid is nearest to its context vector. See
/// <see cref="RelabelByContextEstimator"/>.
/// </summary>
public sealed class RelabelByContextTransformer : StageTransformer
{
    private readonly RelabelByContextOptions _options;

    internal RelabelByContextTransformer(MLContext context, RelabelByContextOptions options, ContextClusters clusters)
        : base(context)
    {
        _options = options;
        Contexts = clusters;
    }

    /// <summary>The new labels, in the order of the output column's key values.</summary>
    public IReadOnlyList<ContextCluster> Clusters => Contexts.Clusters;

    internal ContextClusters Contexts { get; }

    /// <inheritdoc/>
    private protected override BoundMapper Bind(DataViewSchema input)
    {
        // Labels exist at training alone; a view without them is one to be scored.
        if (input.GetColumnOrNull(_options.LabelColumnName) is null)
            return new PassThrough();
        return new Mapper(
            _options.OutputColumnName,
            Contexts,
            SchemaChecks.RequireTextKey(input, _options.LabelColumnName),
            SchemaChecks.RequireVector(input, _options.ContextColumnName, Contexts.Dimension, "context")
        );
    }

    /// <summary>Writes a chain of no stages: a model that is loaded scores rows, and those have no labels to split.</summary>
    private protected override void SaveModel(ModelSaveContext context) => FrozenStage.SaveNothing(context);

    private sealed class PassThrough : BoundMapper
    {
        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => [];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) => new Nothing();

        private sealed class Nothing : BatchComputation
        {
            internal override void Read(int slot) { }

            internal override void Compute(int count) { }

            internal override Delegate Getter(int output, Func<int> slot) => throw new ArgumentOutOfRangeException(nameof(output));
        }
    }

    private sealed class Mapper(string output, ContextClusters clusters, DataViewSchema.Column label, DataViewSchema.Column vector) : BoundMapper
    {
        /// <summary>
        /// From the input's key values to base labels by name: a view to transform may list its labels in another order. -1 where the name is
        /// unknown.
        /// </summary>
        private readonly int[] _baseLabels =
        [
            .. TextAnnotations.Read(label, TextAnnotations.KeyValuesKind)!.Select(name => Array.IndexOf(clusters.BaseNames, name)),
        ];

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [new(output, new KeyDataViewType(typeof(uint), clusters.Names.Count), TextAnnotations.KeyValues(clusters.Names))];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [label, vector];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                clusters,
                _baseLabels,
                input.GetGetter<uint>(input.Schema[label.Index]),
                input.GetGetter<VBuffer<float>>(input.Schema[vector.Index])
            );
    }

    private sealed class Computation(ContextClusters clusters, int[] baseLabels, ValueGetter<uint> label, ValueGetter<VBuffer<float>> vector)
        : BatchComputation
    {
        private readonly float[] _dense = new float[clusters.Dimension];
        private VBuffer<float> _vector;
        private uint _key;

        internal override void Read(int slot)
        {
            uint key = 0;
            label(ref key);
            int baseLabel = key == 0 || key > baseLabels.Length ? -1 : baseLabels[key - 1];
            if (baseLabel >= 0 && clusters.IsSplit(baseLabel))
            {
                vector(ref _vector);
                _vector.CopyTo(_dense);
            }
            _key = baseLabel < 0 ? 0 : (uint)(clusters.Assign(baseLabel, _dense) + 1);
        }

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<uint>)(
                (ref uint value) =>
                {
                    _ = slot();
                    value = _key;
                }
            );
    }
}
