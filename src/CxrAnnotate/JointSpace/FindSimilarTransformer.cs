using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Adds the most similar rows of the reference set. Made by <see cref="FindSimilarEstimator"/>.</summary>
public sealed class FindSimilarTransformer : StageTransformer
{
    /// <summary>The vectors are read once for so many rows.</summary>
    private const int RowsAtOnce = 64;

    /// <summary>ONNX files, and the part of an ML.NET model that holds one, have less than 2 GiB.</summary>
    private const long MaximumSavedBytes = int.MaxValue - (1 << 20);

    private readonly FindSimilarOptions _options;
    private readonly string[][] _ids;

    /// <param name="context">The context.</param>
    /// <param name="options">The options.</param>
    /// <param name="index">The reference set.</param>
    /// <param name="ids">For each identifier column the texts of the reference rows.</param>
    internal FindSimilarTransformer(MLContext context, FindSimilarOptions options, SimilarityIndex index, string[][] ids)
        : base(context) => (_options, Index, _ids) = (options, index, ids);

    /// <summary>The reference set; its cases are identified by the first of the identifier columns.</summary>
    public SimilarityIndex Index { get; }

    private protected override BoundMapper Bind(DataViewSchema input) =>
        new Mapper(this, SchemaChecks.RequireVector(input, _options.InputColumnName, Index.Size));

    /// <summary>Writes an ONNX graph that holds the reference set.</summary>
    private protected override void SaveModel(ModelSaveContext context)
    {
        long bytes = (sizeof(float) * (long)Index.Units.Length) + _ids.Sum(texts => texts.Sum(text => (long)text.Length));
        if (bytes > MaximumSavedBytes)
            throw new NotSupportedException(
                ErrorCode.CannotBeSaved.Message(
                    $"A reference set of {Index.Cases.Count} vectors of {Index.Size} numbers is too large for a saved model, which holds less than "
                        + "2 GiB. Save the index itself instead."
                )
            );
        string[] outputs = [.. _options.IdColumnNames.Select(FindSimilarOptions.OutputOf), _options.SimilarityColumnName];
        new SavedChain(Context)
            .Graph(Graph(outputs), [_options.InputColumnName], outputs)
            .Save(context, (_options.InputColumnName, new VectorDataViewType(NumberDataViewType.Single, Index.Size)));
    }

    private byte[] Graph(string[] outputs)
    {
        var g = new OnnxGraph("similar");
        int rows = Index.Cases.Count,
            found = Math.Min(_options.Count, rows),
            missing = _options.Count - found;
        OnnxValue vector = g.Input(_options.InputColumnName, OnnxType.Single, null, Index.Size);
        // Zero times a number is zero, unless the number is not finite.
        OnnxValue isSound = g.Equal(g.Sum(g.Mul(vector, g.Scalar(0f)), keep: true, 1), g.Scalar(0f));
        OnnxValue sound = g.Where(isSound, vector, g.Scalar(0f));
        // Divided by its largest value first, so that no square overflows.
        OnnxValue scaled = g.Div(sound, Positive(g, g.Maximum(g.Node("Abs", [sound]), keep: true, 1)));
        OnnxValue unit = g.Div(scaled, Positive(g, g.Node("Sqrt", [g.Sum(g.Mul(scaled, scaled), keep: true, 1)])));
        float[] columns = new float[Index.Units.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int d = 0; d < Index.Size; d++)
                columns[(d * rows) + row] = Index.Units[(row * Index.Size) + d];
        }

        var (similarities, places) = g.TopK(g.MatMul(unit, g.Constant("references", columns, Index.Size, rows)), found);
        for (int id = 0; id < _ids.Length; id++)
        {
            OnnxValue texts = g.Where(isSound, g.Gather(g.Constant("ids", _ids[id], rows), places), g.Constant("nothing", [""]));
            if (missing > 0)
                texts = g.Concat(1, texts, g.Expand(g.Constant("nothing", [""]), Shape(g, vector, missing)));
            g.Output(outputs[id], texts, OnnxType.Text, null, _options.Count);
        }

        OnnxValue known = g.Where(isSound, similarities, g.Scalar(float.NaN));
        if (missing > 0)
            known = g.Concat(1, known, g.Expand(g.Scalar(float.NaN), Shape(g, vector, missing)));
        g.Output(outputs[^1], known, OnnxType.Single, null, _options.Count);
        return OnnxWriter.Write(g, new OnnxModelInfo("similar", "Finds similar radiographs.", new Dictionary<string, string>()));

        // 1 in place of 0.
        static OnnxValue Positive(OnnxGraph g, OnnxValue value) => g.Where(g.Less(g.Scalar(0f), value), value, g.Scalar(1f));

        static OnnxValue Shape(OnnxGraph g, OnnxValue of, int columns) =>
            g.Concat(0, g.Slice(g.Node("Shape", [of]), (0, 0, 1)), g.Integers(columns));
    }

    private sealed class Mapper : BoundMapper
    {
        private readonly FindSimilarTransformer _owner;
        private readonly DataViewSchema.Column _vector;
        private readonly StageOutput<IReadOnlyList<SimilarCase>>[] _outputs;

        internal Mapper(FindSimilarTransformer owner, DataViewSchema.Column vector)
        {
            (_owner, _vector) = (owner, vector);
            int count = owner._options.Count;
            _outputs =
            [
                .. owner._options.IdColumnNames.Select(
                    (name, id) =>
                        StageOutput<IReadOnlyList<SimilarCase>>.Texts(
                            FindSimilarOptions.OutputOf(name),
                            count,
                            found => Padded(found, similar => owner._ids[id][similar.Index], "", count)
                        )
                ),
                StageOutput<IReadOnlyList<SimilarCase>>.Vector(
                    owner._options.SimilarityColumnName,
                    count,
                    found => Padded(found, similar => (float)similar.Similarity, float.NaN, count)
                ),
            ];
            Outputs = [.. _outputs.Select(output => output.Column)];
        }

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

        internal override int BatchSize => RowsAtOnce;

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => wanted.Contains(true) ? [_vector] : [];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(_owner, _outputs, input.GetGetter<VBuffer<float>>(input.Schema[_vector.Index]));

        private static T[] Padded<T>(IReadOnlyList<SimilarCase> found, Func<SimilarCase, T> value, T missing, int count) =>
            [.. found.Select(value), .. Enumerable.Repeat(missing, count - found.Count)];
    }

    private sealed class Computation(
        FindSimilarTransformer owner,
        StageOutput<IReadOnlyList<SimilarCase>>[] outputs,
        ValueGetter<VBuffer<float>> vector
    ) : BatchComputation
    {
        private readonly float[][] _vectors = new float[RowsAtOnce][];
        private IReadOnlyList<IReadOnlyList<SimilarCase>> _found = [];
        private VBuffer<float> _vector;

        internal override void Read(int slot)
        {
            vector(ref _vector);
            _vectors[slot] = [.. _vector.DenseValues()];
        }

        internal override void Compute(int count) => _found = owner.Index.Nearest(_vectors[..count], owner._options.Count);

        internal override Delegate Getter(int output, Func<int> slot) =>
            outputs[output]
                .Getter(() =>
                {
                    // Requesting the slot computes the batch, so it must precede reading the results.
                    int row = slot();
                    return _found[row];
                });
    }
}
