using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Assigns each row, or each finding of a multi-label row, to the part of its base label whose centroid is nearest to its context vector. See
/// <see cref="RelabelByContextEstimator"/>.
/// </summary>
public sealed class RelabelByContextTransformer : StageTransformer
{
    private readonly RelabelByContextOptions _options;
    private readonly LabelShape _shape;

    internal RelabelByContextTransformer(MLContext context, RelabelByContextOptions options, ContextClusters clusters, LabelShape shape)
        : base(context)
    {
        _options = options;
        _shape = shape;
        Contexts = clusters;
    }

    /// <summary>The new labels, in the order of the output column's key values.</summary>
    public IReadOnlyList<ContextCluster> Clusters => Contexts.Clusters;

    internal ContextClusters Contexts { get; }

    /// <inheritdoc/>
    private protected override BoundMapper Bind(DataViewSchema input)
    {
        // Labels exist only in training; a view without them is to be scored.
        if (input.GetColumnOrNull(_options.LabelColumnName) is null)
            return PassThrough.Instance;
        DataViewSchema.Column label = _shape.Require(input, _options.LabelColumnName);
        string[] names = _shape.Names(label);
        int size = _shape.Scheme.Written(names.Length) * Contexts.Dimension;
        return new Mapper(
            _shape,
            _options.OutputColumnName,
            Contexts,
            names,
            label,
            SchemaChecks.RequireVector(input, _options.ContextColumnName, size, "context")
        );
    }

    /// <summary>The length of a context vector in a column with the given number of vectors per row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column cannot be divided into this number of vectors.</exception>
    internal static int SizeOf(DataViewSchema.Column context, int vectors)
    {
        int size = ((VectorDataViewType)context.Type).Size;
        return size % vectors == 0
            ? size / vectors
            : throw SchemaChecks.Mismatch(
                context.Name,
                $"a matrix of Single with a row for each of the {vectors} findings",
                context.Type.ToString()!,
                "context"
            );
    }

    /// <summary>Writes an empty chain: a loaded model scores rows, which have no labels to split.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class Mapper(
        LabelShape shape,
        string output,
        ContextClusters clusters,
        string[] names,
        DataViewSchema.Column label,
        DataViewSchema.Column vectors
    ) : BoundMapper
    {
        private readonly StageOutput<float[]> _output = shape.Output<float[]>(output, output, clusters.Names, parts => parts);

        /// <summary>The index of each base label in this view, which may have another order; -1 if absent.</summary>
        private readonly int[] _from = [.. clusters.BaseNames.Select(name => Array.IndexOf(names, name))];

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => [_output.Column];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [label, vectors];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                shape.Scheme,
                clusters,
                _output,
                _from,
                shape.Open(input, label, names.Length),
                input.GetGetter<VBuffer<float>>(input.Schema[vectors.Index])
            );
    }

    private sealed class Computation(
        LabelScheme scheme,
        ContextClusters clusters,
        StageOutput<float[]> written,
        int[] from,
        Func<float[]> label,
        ValueGetter<VBuffer<float>> vectors
    ) : BatchComputation
    {
        private readonly int[] _baseOf = BaseLabels.Indices(clusters.Names);
        private float[] _labels = [];
        private VBuffer<float> _vectors;

        internal override void Read(int slot)
        {
            vectors(ref _vectors);
            float[] dense = [.. _vectors.DenseValues()],
                truth = scheme.Arrange(label(), from);
            _labels = BaseLabels.Unfold(_baseOf, truth, [.. truth.Select((value, b) => value == 1 ? PartOf(b) : -1)]);

            int PartOf(int b) => clusters.Assign(b, dense.AsSpan(scheme.PlaceOf(from[b]) * clusters.Dimension, clusters.Dimension));
        }

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) =>
            written.Getter(() =>
            {
                _ = slot();
                return _labels;
            });
    }
}
