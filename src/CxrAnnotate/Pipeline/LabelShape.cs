using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// How ML.NET columns represent the labels of a scheme: the label of an image as a key with text names, or its findings as a vector of Single with
/// slot names (1 present, 0 absent, NaN unknown).
/// </summary>
internal abstract class LabelShape
{
    private static readonly LabelShape[] _all = [new LabelKeys(), new FindingVectors()];

    internal abstract LabelScheme Scheme { get; }

    /// <summary>The kind of the column's annotation that names the labels.</summary>
    internal abstract string NamesKind { get; }

    /// <summary>The columns of a scheme's labels.</summary>
    internal static LabelShape Of(LabelScheme scheme) => Array.Find(_all, shape => shape.Scheme == scheme)!;

    /// <summary>The shape of a label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is neither a key nor a vector with names.</exception>
    internal static LabelShape Of(DataViewSchema schema, string name)
    {
        LabelShape shape = Of(
            schema.GetColumnOrNull(name) is { } column && SchemaChecks.IsKnownSingleVector(column.Type)
                ? LabelScheme.Independent
                : LabelScheme.Exclusive
        );
        shape.Require(schema, name);
        return shape;
    }

    /// <summary>The shape of a label column in a schema shape.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is neither a key nor a vector with names.</exception>
    internal static LabelShape Of(SchemaShape schema, string name)
    {
        LabelShape shape = Of(
            SchemaShapes.Find(schema, name) is { Kind: SchemaShape.Column.VectorKind.Vector } column && column.ItemType == NumberDataViewType.Single
                ? LabelScheme.Independent
                : LabelScheme.Exclusive
        );
        shape.Require(schema, name);
        return shape;
    }

    /// <summary>The label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another shape.</exception>
    internal abstract DataViewSchema.Column Require(DataViewSchema schema, string name);

    /// <summary>Checks the label column of a schema shape.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another shape.</exception>
    internal abstract void Require(SchemaShape schema, string name);

    /// <summary>The names of a column's labels.</summary>
    internal string[] Names(DataViewSchema.Column column) => TextAnnotations.Read(column, NamesKind)!;

    /// <summary>A reader of the truth of the current row, one value per label.</summary>
    internal abstract Func<float[]> Open(DataViewRow row, DataViewSchema.Column column, int labels);

    /// <summary>The shape of an output column of labels.</summary>
    /// <param name="key">Its name if it is a key.</param>
    /// <param name="vector">Its name if it is a vector.</param>
    internal abstract OutputShape Declare(string key, string vector);

    /// <summary>An output column of labels from their decisions or truth.</summary>
    /// <param name="key">Its name if it is a key.</param>
    /// <param name="vector">Its name if it is a vector.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="row">One value per label: 1, 0 or NaN.</param>
    internal abstract StageOutput<TRow> Output<TRow>(string key, string vector, IReadOnlyList<string> labels, Func<TRow, float[]> row);

    /// <summary>The type of context vectors: one for the image's label, or a matrix with a row for each finding.</summary>
    internal abstract VectorDataViewType Vectors(int labels, int size);

    /// <summary>Of a class's two members for labels, defines the one of this shape and removes the other.</summary>
    /// <param name="schema">The class's columns.</param>
    /// <param name="name">The name of the column.</param>
    /// <param name="key">The member that is a key.</param>
    /// <param name="vector">The member that is a vector.</param>
    /// <param name="labels">The labels.</param>
    internal abstract void Define(SchemaDefinition schema, string name, string key, string vector, IReadOnlyList<string> labels);

    /// <summary>Sets the type of a class's column and the names of its values or slots.</summary>
    internal static void Define(SchemaDefinition.Column column, DataViewType type, string namesKind, IReadOnlyList<string> names)
    {
        ReadOnlyMemory<char>[] values = [.. names.Select(name => name.AsMemory())];
        column.ColumnType = type;
        column.AddAnnotation(
            namesKind,
            new VBuffer<ReadOnlyMemory<char>>(values.Length, values),
            new VectorDataViewType(TextDataViewType.Instance, values.Length)
        );
    }

    /// <summary>What a graph calls its output of decisions.</summary>
    internal abstract string GraphName { get; }

    /// <summary>Chooses the name of a column of labels.</summary>
    /// <param name="key">Its name if it is a key.</param>
    /// <param name="vector">Its name if it is a vector.</param>
    internal abstract string NameOf(string key, string vector);

    private sealed class LabelKeys : LabelShape
    {
        internal override LabelScheme Scheme => LabelScheme.Exclusive;

        internal override string NamesKind => TextAnnotations.KeyValuesKind;

        internal override DataViewSchema.Column Require(DataViewSchema schema, string name) => SchemaChecks.RequireTextKey(schema, name);

        internal override void Require(SchemaShape schema, string name) => SchemaShapes.RequireTextKey(schema, name);

        internal override Func<float[]> Open(DataViewRow row, DataViewSchema.Column column, int labels)
        {
            ValueGetter<uint> get = row.GetGetter<uint>(row.Schema[column.Index]);
            uint key = 0;
            return () =>
            {
                get(ref key);
                return ExclusiveLabels.OneHot(key > labels ? -1 : (int)key - 1, labels);
            };
        }

        internal override OutputShape Declare(string key, string vector) => OutputShape.TextKey(key);

        internal override StageOutput<TRow> Output<TRow>(string key, string vector, IReadOnlyList<string> labels, Func<TRow, float[]> row) =>
            StageOutput<TRow>.Key(key, labels, of => ExclusiveLabels.LabelOf(row(of)));

        internal override VectorDataViewType Vectors(int labels, int size) => new(NumberDataViewType.Single, size);

        internal override void Define(SchemaDefinition schema, string name, string key, string vector, IReadOnlyList<string> labels)
        {
            schema.Remove(schema[vector]);
            Define(schema[key], new KeyDataViewType(typeof(uint), labels.Count), NamesKind, labels);
            schema[key].ColumnName = name;
        }

        internal override string GraphName => "Label";

        internal override string NameOf(string key, string vector) => key;
    }

    private sealed class FindingVectors : LabelShape
    {
        private const string Expected = "a vector of Single with findings as SlotNames";

        internal override LabelScheme Scheme => LabelScheme.Independent;

        internal override string NamesKind => TextAnnotations.SlotNamesKind;

        internal override DataViewSchema.Column Require(DataViewSchema schema, string name)
        {
            DataViewSchema.Column column = SchemaChecks.RequireColumn(schema, name, SchemaChecks.IsKnownSingleVector, Expected, "label");
            return TextAnnotations.Read(column, NamesKind) is not null
                ? column
                : throw SchemaChecks.Mismatch(name, Expected, $"{column.Type} without them", "label");
        }

        internal override void Require(SchemaShape schema, string name) =>
            SchemaShapes.Require(
                schema,
                name,
                c =>
                    c.Kind == SchemaShape.Column.VectorKind.Vector
                    && c.ItemType == NumberDataViewType.Single
                    && SchemaShapes.Find(c.Annotations, NamesKind) is not null,
                Expected,
                "label"
            );

        internal override Func<float[]> Open(DataViewRow row, DataViewSchema.Column column, int labels)
        {
            ValueGetter<VBuffer<float>> get = row.GetGetter<VBuffer<float>>(row.Schema[column.Index]);
            VBuffer<float> findings = default;
            return () =>
            {
                get(ref findings);
                return [.. findings.DenseValues()];
            };
        }

        internal override OutputShape Declare(string key, string vector) => OutputShape.NamedVector(vector);

        internal override StageOutput<TRow> Output<TRow>(string key, string vector, IReadOnlyList<string> labels, Func<TRow, float[]> row) =>
            StageOutput<TRow>.Vector(vector, labels, row);

        internal override VectorDataViewType Vectors(int labels, int size) => new(NumberDataViewType.Single, labels, size);

        internal override void Define(SchemaDefinition schema, string name, string key, string vector, IReadOnlyList<string> labels)
        {
            schema.Remove(schema[key]);
            Define(schema[vector], new VectorDataViewType(NumberDataViewType.Single, labels.Count), NamesKind, labels);
            schema[vector].ColumnName = name;
        }

        internal override string GraphName => "PredictedLabels";

        internal override string NameOf(string key, string vector) => vector;
    }
}
