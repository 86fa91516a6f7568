using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A saved and loaded cascade reads the columns that it was trained on, whatever their names and kinds.</summary>
public sealed class SavedColumnsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_cascade_trained_on_an_image_column_reads_it_after_saving_as_folder_and_archive()
    {
        var context = new MLContext(seed: 1);
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView rows = cxr.LoadRadiographs(new LoadRadiographsOptions { OutputColumnName = "Pixels", Height = 64, Width = 64 })
            .Fit(SmallCascade.WritePhantoms(context, _folder.Path))
            .Transform(SmallCascade.WritePhantoms(context, _folder.Path));
        IDataView bare = context.Transforms.SelectColumns("Pixels").Fit(rows).Transform(rows);
        RecurrentCascadeOptions options = SmallCascade.Options();
        using RecurrentCascadeTransformer trained = cxr.RecurrentCascade(
                options with
                {
                    Iterations = 1,
                    Classifier = options.Classifier with { ImageColumnName = "Pixels", Optimization = new() { Epochs = 1 } },
                }
            )
            .Fit(rows);
        trained.Save(Run);
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(Run);
        cxr.SaveModel(loaded, bare.Schema, Archive);
        ITransformer model = new MLContext().Model.Load(Archive, out _);
        string[] expected = Annotations(trained.Transform(bare));
        Assert.Contains(expected, text => text.Length > 0);
        Assert.Equal(expected, Annotations(loaded.Transform(bare)));
        Assert.Equal(expected, Annotations(model.Transform(bare)));
    }

    [Theory]
    [InlineData(LabelTask.SingleLabel)]
    [InlineData(LabelTask.MultiLabel)]
    public void Custom_column_names_survive_saving_as_folder_and_archive(LabelTask task)
    {
        var context = new MLContext(seed: 1);
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView rows = Renamed(context, ("File", "ImagePath"), ("Codes", "Mesh"), ("Projection", "View"), ("Study", "StudyId"));
        RecurrentCascadeOptions options = SmallCascade.Options();
        RecurrentCascadeEstimator estimator = cxr.RecurrentCascade(
            options with
            {
                Iterations = 1,
                StudyColumnName = "Study",
                Mining = options.Mining with { Task = task, MeshColumnName = "Codes" },
                Loading = options.Loading with { InputColumnName = "File" },
                Classifier = options.Classifier with
                {
                    ImageColumnName = "Pixels",
                    LabelColumnName = "Truth",
                    CaptionColumnName = "Words",
                    ViewColumnName = "Projection",
                    Optimization = new() { Epochs = 1 },
                },
            }
        );
        Assert.Equal(["Pixels", "Truth", "Words"], Added(rows, estimator.GetOutputSchema(Shapes.Of(rows.Schema)).Select(c => c.Name)));
        using RecurrentCascadeTransformer trained = estimator.Fit(rows);
        trained.Save(Run);
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(Run);
        cxr.SaveModel(loaded, rows.Schema, Archive);
        IDataView expected = trained.Transform(rows),
            actual = loaded.Transform(rows);
        Assert.Equal(["Pixels", "Truth", "Words"], Added(rows, expected.Schema.Select(c => c.Name)));
        Assert.Equal(expected.Schema.Select(c => (c.Name, c.Type)), actual.Schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(expected.GetColumn<string>("Words"), actual.GetColumn<string>("Words"));
        Assert.Equal(Annotations(expected), Annotations(actual));
        IDataView bare = context.Transforms.SelectColumns("File").Fit(rows).Transform(rows);
        Assert.Equal(Annotations(expected), Annotations(new MLContext().Model.Load(Archive, out _).Transform(bare)));
        Assert.Equal("Projection", loaded.Input.ViewColumnName);
        using RecurrentCascadeTransformer first = loaded.AtIteration(1);
        Assert.Equal(loaded.Input, first.Input);
    }

    [Fact]
    public void Relative_paths_keep_their_base_folder_after_saving_as_folder_and_archive()
    {
        var context = new MLContext(seed: 1);
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView rows = cxr.Data.LoadRecords(
            [
                .. context
                    .Data.CreateEnumerable<RadiographRecord>(SmallCascade.WritePhantoms(context, _folder.Path), reuseRowObject: false)
                    .Select(row => new RadiographRecord { ImagePath = Path.GetRelativePath(_folder.Path, row.ImagePath), Mesh = row.Mesh }),
            ]
        );
        RecurrentCascadeOptions options = SmallCascade.Options();
        using RecurrentCascadeTransformer trained = cxr.RecurrentCascade(
                options with { Iterations = 1, Loading = options.Loading with { ImageFolder = _folder.Path } }
            )
            .Fit(rows);
        trained.Save(Run);
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(Run);
        cxr.SaveModel(loaded, rows.Schema, Archive);
        string[] expected = Annotations(trained.Transform(rows));
        Assert.Contains(expected, text => text.Length > 0);
        Assert.Equal(expected, Annotations(loaded.Transform(rows)));
        Assert.Equal(expected, Annotations(new MLContext().Model.Load(Archive, out _).Transform(rows)));

        // The annotator resolves relative paths from its own working folder.
        using var annotator = RadiographAnnotator.Load(Path.Combine(Run, "cascade.onnx"));
        Assert.Null(annotator.Annotate([rows.GetColumn<string>("ImagePath").First()], TestContext.Current.CancellationToken).Single().Reading);
    }

    private string Run => Path.Combine(_folder.Path, "run");

    private string Archive => Path.Combine(_folder.Path, "model.zip");

    private IDataView Renamed(MLContext context, params (string To, string From)[] names)
    {
        IDataView rows = SmallCascade.WritePhantoms(context, _folder.Path);
        foreach ((string to, string from) in names)
            rows = context.Transforms.CopyColumns(to, from).Fit(rows).Transform(rows);
        return context.Transforms.SelectColumns([.. names.Select(n => n.To)]).Fit(rows).Transform(rows);
    }

    /// <summary>The columns other than those of the rows and those that every cascade writes.</summary>
    private static string[] Added(IDataView rows, IEnumerable<string> columns) =>
        [
            .. columns
                .Except(rows.Schema.Select(column => column.Name))
                .Except(
                    new[] { LabelScheme.Exclusive, LabelScheme.Independent }
                        .SelectMany(scheme => CascadeColumn.All(scheme, attends: true))
                        .Select(column => column.Shape.Name)
                )
                .Order(),
        ];

    private static string[] Annotations(IDataView rows) => [.. rows.GetColumn<string>("Annotation")];
}
