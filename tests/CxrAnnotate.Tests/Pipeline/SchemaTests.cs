using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class SchemaTests
{
    private static readonly MLContext Context = new(seed: 1);

    private sealed class Row
    {
        public string Name { get; set; } = "";
        public float Weight { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
        public float[] Ragged { get; set; } = [];
        public string Kind { get; set; } = "";
    }

    private static IDataView View(params Row[] rows)
    {
        IDataView view = Context.Data.LoadFromEnumerable(rows);
        return Context.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(view).Transform(view);
    }

    private static readonly Row[] Rows =
    [
        new()
        {
            Name = "a",
            Weight = 0.5f,
            Features = [1, 2, 3],
            Kind = "normal",
        },
        new()
        {
            Name = "b",
            Weight = 7,
            Features = [0, 0, 5],
            Kind = "opacity",
        },
        new()
        {
            Name = "",
            Weight = float.NaN,
            Features = [-1, 0, 0],
            Kind = "normal",
        },
    ];

    [Fact]
    public void Shapes_of_outputs_equal_those_of_ml_net()
    {
        SchemaShape made = SchemaShapes.With(
            Context,
            new SchemaShape([]),
            OutputShape.Vector("v"),
            OutputShape.NamedVector("n"),
            OutputShape.Single("s"),
            OutputShape.Text("t", "WordForms"),
            OutputShape.TextKey("k"),
            new OutputShape("r", new VectorDataViewType(NumberDataViewType.Single))
        );
        DataViewSchema.Builder builder = new();
        builder.AddColumn("v", new VectorDataViewType(NumberDataViewType.Single, 5));
        builder.AddColumn("n", new VectorDataViewType(NumberDataViewType.Single, 1, 2, 1), TextAnnotations.SlotNames(["x", "y"]));
        builder.AddColumn("s", NumberDataViewType.Single);
        builder.AddColumn("t", TextDataViewType.Instance, TextAnnotations.Create(("WordForms", ["a\tA"])));
        builder.AddColumn("k", new KeyDataViewType(typeof(uint), 4), TextAnnotations.KeyValues(["a", "b", "c", "d"]));
        builder.AddColumn("r", new VectorDataViewType(NumberDataViewType.Single));
        static IEnumerable<string> Describe(SchemaShape shape) =>
            shape.Select(c =>
                $"{c.Name}: {SchemaShapes.Describe(c)} {{{string.Join(", ", c.Annotations.Select(a => $"{a.Name}: {SchemaShapes.Describe(a)}"))}}}"
            );
        Assert.Equal(Describe(Shapes.Of(builder.ToSchema())), Describe(made));
    }

    [Fact]
    public void An_output_replaces_the_input_of_the_same_name_in_the_shape()
    {
        SchemaShape shape = SchemaShapes.With(Context, Shapes.Of(View(Rows).Schema), OutputShape.Text("Weight"));
        Assert.Single(shape, c => c.Name == "Weight");
        Assert.IsType<TextDataViewType>(SchemaShapes.Find(shape, "Weight")!.Value.ItemType);
    }

    private sealed class Labels
    {
        public string Text { get; set; } = "";
        public bool Flag { get; set; }
        public float Number { get; set; }
        public int Code { get; set; }
    }

    [Theory]
    [InlineData(nameof(Labels.Text), false)]
    [InlineData(nameof(Labels.Flag), true)]
    [InlineData(nameof(Labels.Number), true)]
    [InlineData(nameof(Labels.Code), true)]
    public void The_advice_for_a_label_of_another_type_makes_it_a_label(string name, bool convert)
    {
        IDataView view = Context.Data.LoadFromEnumerable([
            new Labels { Text = "a" },
            new Labels
            {
                Text = "b",
                Flag = true,
                Number = 1,
                Code = 1,
            },
        ]);
        foreach (
            string message in (string[])
                [
                    Refusal(view, name),
                    Assert.Throws<ArgumentOutOfRangeException>(() => SchemaShapes.RequireTextKey(Shapes.Of(view.Schema), name)).Message,
                ]
        )
        {
            Assert.Contains($"MapValueToKey(\"{name}\")", message, StringComparison.Ordinal);
            Assert.Equal(convert, message.Contains($"ConvertType(\"{name}\", outputKind: DataKind.String)", StringComparison.Ordinal));
        }

        IDataView keys = Context.Transforms.Conversion.MapValueToKey(name).Fit(view).Transform(view);
        if (convert)
            Assert.Contains($"ConvertType(\"{name}\", outputKind: DataKind.String)", Refusal(keys, name), StringComparison.Ordinal);
        IDataView text = convert ? Context.Transforms.Conversion.ConvertType(name, outputKind: DataKind.String).Fit(view).Transform(view) : view;
        IDataView label = Context.Transforms.Conversion.MapValueToKey(name).Fit(text).Transform(text);
        Assert.Equal(name, SchemaChecks.RequireTextKey(label.Schema, name).Name);
    }

    private static string Refusal(IDataView view, string name) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SchemaChecks.RequireTextKey(view.Schema, name)).Message;

    [Fact]
    public void Wrong_columns_are_rejected_in_the_words_of_ml_net()
    {
        IDataView view = View(Rows);
        SchemaShape shape = Shapes.Of(view.Schema);
        // ML.NET's own messages, from its own stages.
        string missing = Assert.Throws<ArgumentOutOfRangeException>(() => Context.Transforms.NormalizeMinMax("X").GetOutputSchema(shape)).Message;
        Assert.Equal($"CXR7002: {missing}", Assert.Throws<ArgumentOutOfRangeException>(() => SchemaChecks.RequireSingle(view.Schema, "X")).Message);
        Assert.Equal($"CXR7002: {missing}", Assert.Throws<ArgumentOutOfRangeException>(() => SchemaShapes.RequireSingle(shape, "X")).Message);
        string mismatch = Assert.Throws<ArgumentOutOfRangeException>(() => Context.Transforms.Text.FeaturizeText("X", "Weight").Fit(view)).Message;
        Assert.StartsWith("Schema mismatch for input column 'Weight': expected ", mismatch, StringComparison.Ordinal);
        Assert.StartsWith(
            "CXR7002: Schema mismatch for input column 'Name': expected Single, got String",
            Assert.Throws<ArgumentOutOfRangeException>(() => SchemaShapes.RequireSingle(shape, "Name")).Message,
            StringComparison.Ordinal
        );

        Func<object>[] refused =
        [
            () => SchemaChecks.RequireText(view.Schema, "Weight"),
            () => SchemaShapes.RequireText(shape, "Weight"),
            () => SchemaChecks.RequireText(view.Schema, "Label"),
            () => SchemaShapes.RequireText(shape, "Label"),
            () => SchemaChecks.RequireVector(view.Schema, "Ragged"),
            () => SchemaShapes.RequireVector(shape, "Ragged"),
            () => SchemaChecks.RequireVector(view.Schema, "Features", 4),
            () => SchemaChecks.RequireVector(view.Schema, "Weight"),
            () => SchemaChecks.RequireTextKey(view.Schema, "Kind"),
            () => SchemaShapes.RequireTextKey(shape, "Kind"),
            () => SchemaChecks.RequireSingle(view.Schema, "Label"),
            () => SchemaShapes.RequireSingle(shape, "Label"),
            () => SchemaChecks.RequireTextKey(Shapes.Retyped(view.Schema, "Label", new KeyDataViewType(typeof(uint), 2)), "Label"),
            () => SchemaShapes.RequireTextKey(Shapes.Of(Shapes.Retyped(view.Schema, "Label", new KeyDataViewType(typeof(uint), 2))), "Label"),
        ];
        Assert.All(refused, use => Assert.Equal("inputSchema", Assert.Throws<ArgumentOutOfRangeException>(use).ParamName));
        SchemaChecks.RequireVector(view.Schema, "Features", 3);
        SchemaChecks.RequireTextKey(view.Schema, "Label");
        SchemaShapes.RequireTextKey(shape, "Label");
        SchemaShapes.RequireVector(shape, "Features");
    }

    [Fact]
    public void Text_annotations_are_read_back()
    {
        Gen.String.Array[0, 6]
            .Sample(texts =>
            {
                DataViewSchema.Builder builder = new();
                builder.AddColumn("c", NumberDataViewType.Single, TextAnnotations.Create(("Words", texts)));
                Assert.Equal(texts, TextAnnotations.Read(builder.ToSchema()[0], "Words"));
            });
        Assert.Null(TextAnnotations.Read(View(Rows).Schema["Name"], "Words"));
    }

    [Fact]
    public void A_reader_fills_all_its_columns_in_one_pass()
    {
        RecordingView view = new(View(Rows));
        ColumnReader reader = new(view);
        TextColumn names = reader.Text("Name");
        SingleColumn weights = reader.Single("Weight");
        SingleVectorColumn features = reader.Vector("Features");
        TextKeyColumn labels = reader.Key("Label");
        Assert.Null(reader.OptionalSingle("SamplingWeight"));
        reader.Read(cancellation: TestContext.Current.CancellationToken);

        Assert.Single(view.Opened);
        Assert.Equal(3, reader.RowCount);
        Assert.Equal(Rows.Select(r => r.Name), names.Values);
        Assert.Equal(Rows.Select(r => r.Weight), weights.Values);
        Assert.Equal(Rows.Select(r => r.Features), features.Values);
        Assert.Equal(3, features.Size);
        Assert.Equal(["normal", "opacity"], labels.Names);
        Assert.Equal([0, 1, 0], labels.ClassIndices());
        Assert.Throws<InvalidOperationException>(() => reader.Read(cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_reader_stops_when_it_is_cancelled()
    {
        using CancellationTokenSource source = new();
        ColumnReader reader = new(View(Rows));
        reader.Text("Name");
        Assert.Throws<OperationCanceledException>(() => reader.Read(_ => source.Cancel(), source.Token));
        Assert.Equal(1, reader.RowCount);
    }
}
