using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// The form of a stage in a saved model: stock stages of ML.NET, mostly an ONNX graph, that compute the same columns (docs/persistence.md). Steps are
/// added in order; <see cref="Save"/> fits them to the types of the stage's inputs and passes ML.NET's save context to them.
/// </summary>
internal sealed class SavedChain(MLContext context)
{
    /// <summary>The outputs of a graph that become scalars: the column that the graph writes, and that of the scalar.</summary>
    private static readonly Dictionary<string, (string Input, string Value)> _scalars = new(SavedAnnotationMapping.Scalars)
    {
        [SavedEntropyMapping.Output] = (SavedEntropyMapping.Input, SavedEntropyMapping.Value),
    };

    private readonly List<string> _scratch = [];
    private IEstimator<ITransformer>? _chain;

    /// <summary>Writes an empty chain: a training-only stage is not part of a scoring model.</summary>
    internal static void SaveNothing(ModelSaveContext destination) => ((ICanSaveModel)new TransformerChain<ITransformer>()).Save(destination);

    /// <summary>Computes columns by an ONNX graph.</summary>
    /// <param name="write">Writes the graph; it is given what outputs are called that are not to have their default names, by these.</param>
    /// <param name="inputs">The columns that the graph reads, as it calls them.</param>
    /// <param name="columns">The graph's outputs by their default names, and the column that each becomes: a vector as it comes, of a label, an
    /// entropy or an annotation the one element, since ML.NET has vectors of graphs alone.</param>
    /// <param name="labels">The values of the key that Label becomes.</param>
    internal SavedChain Graph(
        Func<IReadOnlyDictionary<string, string>, byte[]> write,
        string[] inputs,
        IReadOnlyList<(string Output, string Column)> columns,
        IReadOnlyList<string> labels
    )
    {
        string NameOf((string Output, string Column) to) =>
            to.Output == SavedLabelMapping.Label ? SavedLabelMapping.Input
            : _scalars.TryGetValue(to.Output, out var scalar) ? scalar.Input
            : to.Column;
        Graph(write(columns.ToDictionary(to => to.Output, NameOf)), inputs, [.. columns.Select(NameOf)]);
        foreach (var (_, column) in columns.Where(to => to.Output == SavedLabelMapping.Label))
            Label(column, labels);
        if (columns.Any(to => to.Output == SavedEntropyMapping.Output))
            Add(context.Transforms.CustomMapping(new SavedEntropyMapping().GetMapping(), SavedEntropyMapping.Contract))
                .Scratch(SavedEntropyMapping.Input, SavedEntropyMapping.Value);
        if (columns.Any(to => SavedAnnotationMapping.Scalars.ContainsKey(to.Output)))
            Add(context.Transforms.CustomMapping(new SavedAnnotationMapping().GetMapping(), SavedAnnotationMapping.Contract))
                .Scratch(SavedAnnotationMapping.Columns);
        foreach (var (output, column) in columns)
        {
            if (_scalars.TryGetValue(output, out var scalar))
                Add(context.Transforms.CopyColumns(column, scalar.Value));
        }

        return this;
    }

    /// <summary>Computes columns by an ONNX graph whose inputs and outputs are named like the columns.</summary>
    internal SavedChain Graph(byte[] model, string[] inputs, string[] outputs)
    {
        using var stream = new MemoryStream(model);
        return Add(context.Transforms.ApplyOnnxModel(outputs, inputs, stream));
    }

    /// <summary>Any other stock stage.</summary>
    internal SavedChain Add(IEstimator<ITransformer> stage)
    {
        _chain = _chain is null ? stage : new Both(_chain, stage);
        return this;
    }

    /// <summary>Marks columns to be dropped from the saved model's output.</summary>
    internal SavedChain Scratch(params string[] columns)
    {
        _scratch.AddRange(columns);
        return this;
    }

    private void Label(string column, IReadOnlyList<string> labels)
    {
        IDataView keys = context.Data.LoadFromEnumerable(labels.Select(name => new KeyName { Name = name }));
        Add(context.Transforms.CustomMapping(new SavedLabelMapping().GetMapping(), SavedLabelMapping.Contract))
            .Add(context.Transforms.Conversion.MapValueToKey(column, SavedLabelMapping.Output, keyData: keys))
            .Scratch(SavedLabelMapping.Input, SavedLabelMapping.Output);
    }

    /// <summary>Writes the steps.</summary>
    /// <param name="destination">ML.NET's save context.</param>
    /// <param name="inputs">The input columns of the first step.</param>
    internal void Save(ModelSaveContext destination, params (string Name, DataViewType Type)[] inputs)
    {
        if (_scratch.Count > 0)
            Add(context.Transforms.DropColumns([.. _scratch]));
        DataViewSchema.Builder schema = new();
        foreach (var (name, type) in inputs)
            schema.AddColumn(name, type, null);
        ((ICanSaveModel)_chain!.Fit(new NoRows(schema.ToSchema()))).Save(destination);
    }

    private sealed class KeyName
    {
        public string Name { get; set; } = "";
    }

    /// <summary>Two stages as one, whatever their types.</summary>
    private sealed class Both(IEstimator<ITransformer> first, IEstimator<ITransformer> second) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new EstimatorChain<ITransformer>().Append(first).Append(second).Fit(input);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => second.GetOutputSchema(first.GetOutputSchema(inputSchema));
    }

    /// <summary>A view without rows.</summary>
    private sealed class NoRows(DataViewSchema schema) : IDataView
    {
        public bool CanShuffle => false;

        public DataViewSchema Schema => schema;

        public long? GetRowCount() => 0;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new Cursor(schema, [.. columnsNeeded.Select(c => c.Index)]);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];

        private sealed class Cursor(DataViewSchema schema, HashSet<int> active) : DataViewRowCursor
        {
            public override long Position => -1;

            public override long Batch => 0;

            public override DataViewSchema Schema => schema;

            public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
                (ref TValue _) => throw new InvalidOperationException(ErrorCode.CursorMisused.Message("There is no row."));

            public override ValueGetter<DataViewRowId> GetIdGetter() =>
                (ref DataViewRowId _) => throw new InvalidOperationException(ErrorCode.CursorMisused.Message("There is no row."));

            public override bool MoveNext() => false;
        }
    }
}
