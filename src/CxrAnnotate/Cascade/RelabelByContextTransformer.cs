using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Gives each row, or each finding of a multi-label row, the label of the cluster, among those of its base label, whose centroid is nearest to its
/// context vector. See <see cref="RelabelByContextEstimator"/>.
/// </summary>
public sealed class RelabelByContextTransformer : StageTransformer
{
    private readonly RelabelByContextOptions _options;
    private readonly bool _multi;

    internal RelabelByContextTransformer(MLContext context, RelabelByContextOptions options, ContextClusters clusters, bool multi)
        : base(context)
    {
        _options = options;
        _multi = multi;
        Contexts = clusters;
    }

    /// <summary>The new labels, in the order of the output column's key values.</summary>
    public IReadOnlyList<ContextCluster> Clusters => Contexts.Clusters;

    internal ContextClusters Contexts { get; }

    /// <inheritdoc/>
    private protected override BoundMapper Bind(DataViewSchema input)
    {
        // Labels exist only in training; a view without them is one to be scored.
        if (input.GetColumnOrNull(_options.LabelColumnName) is not { } label)
            return PassThrough.Instance;
        if (!_multi)
            return new KeyMapper(
                _options.OutputColumnName,
                Contexts,
                SchemaChecks.RequireTextKey(input, _options.LabelColumnName),
                SchemaChecks.RequireVector(input, _options.ContextColumnName, Contexts.Dimension, "context")
            );
        if (!LabelShape.IsMultiLabel(input, label.Name))
            throw SchemaChecks.Mismatch(label.Name, "a vector of Single with findings as SlotNames", label.Type.ToString()!, "label");
        string[] slots = TextAnnotations.Read(label, TextAnnotations.SlotNamesKind)!;
        return new FindingsMapper(
            _options.OutputColumnName,
            Contexts,
            slots,
            label,
            SchemaChecks.RequireVector(input, _options.ContextColumnName, slots.Length * Contexts.Dimension, "context")
        );
    }

    /// <summary>The size of one context vector of a column that has so many in each row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column cannot be divided into as many vectors.</exception>
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

    /// <summary>Writes a chain of no stages: a model that is loaded scores rows, and those have no labels to split.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class KeyMapper(string output, ContextClusters clusters, DataViewSchema.Column label, DataViewSchema.Column vector) : BoundMapper
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
            new KeyComputation(
                clusters,
                _baseLabels,
                input.GetGetter<uint>(input.Schema[label.Index]),
                input.GetGetter<VBuffer<float>>(input.Schema[vector.Index])
            );
    }

    private sealed class KeyComputation(
        ContextClusters clusters,
        int[] baseLabels,
        ValueGetter<uint> label,
        ValueGetter<VBuffer<float>> vector
    ) : BatchComputation
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

    private sealed class FindingsMapper(
        string output,
        ContextClusters clusters,
        string[] slots,
        DataViewSchema.Column label,
        DataViewSchema.Column vectors
    ) : BoundMapper
    {
        /// <summary>For each base label its slot in this view, which may list the findings in another order; -1 where it has none.</summary>
        private readonly int[] _slotOf = [.. clusters.BaseNames.Select(name => Array.IndexOf(slots, name))];

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new(output, new VectorDataViewType(NumberDataViewType.Single, clusters.Names.Count), TextAnnotations.SlotNames(clusters.Names)),
        ];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [label, vectors];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new FindingsComputation(
                clusters,
                _slotOf,
                input.GetGetter<VBuffer<float>>(input.Schema[label.Index]),
                input.GetGetter<VBuffer<float>>(input.Schema[vectors.Index])
            );
    }

    private sealed class FindingsComputation(
        ContextClusters clusters,
        int[] slotOf,
        ValueGetter<VBuffer<float>> label,
        ValueGetter<VBuffer<float>> vectors
    ) : BatchComputation
    {
        private readonly float[] _parts = new float[clusters.Names.Count];
        private VBuffer<float> _label;
        private VBuffer<float> _vectors;

        internal override void Read(int slot)
        {
            label(ref _label);
            vectors(ref _vectors);
            float[] findings = [.. _label.DenseValues()];
            float[] dense = [.. _vectors.DenseValues()];
            for (int b = 0; b < slotOf.Length; b++)
            {
                LabelSplit split = clusters.Labels[b];
                Span<float> parts = _parts.AsSpan(split.First, split.Sizes.Length);
                float present = slotOf[b] < 0 ? float.NaN : findings[slotOf[b]];
                if (present != 1 || parts.Length == 1)
                {
                    parts.Fill(present);
                    continue;
                }

                int part = clusters.Assign(b, dense.AsSpan(slotOf[b] * clusters.Dimension, clusters.Dimension));
                parts.Fill(part < 0 ? float.NaN : 0);
                if (part >= 0)
                    _parts[part] = 1;
            }
        }

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<VBuffer<float>>)(
                (ref VBuffer<float> value) =>
                {
                    _ = slot();
                    DenseVector.Set(_parts, ref value);
                }
            );
    }
}
