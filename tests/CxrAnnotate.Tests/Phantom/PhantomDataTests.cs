using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The phantom as an ML.NET view and as files.</summary>
public sealed class PhantomDataTests : IDisposable
{
    private static readonly ChestPhantomOptions Small = new()
    {
        Size = 64,
        Studies = 90,
        Views = PhantomViews.FrontalAndLateral,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-phantom-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_view_holds_the_pixels_and_texts_of_the_studies()
    {
        IDataView view = _ml.ChestXray().Data.CreatePhantom(Small);
        VectorDataViewType type = Assert.IsType<VectorDataViewType>(view.Schema["Image"].Type);
        Assert.Equal([1, 64, 64], type.Dimensions);
        Assert.Equal(180, view.GetRowCount());
        RowTable rows = RowTable.Read(view, "Image", "Mesh", "StudyId", "View", "Split", "Source");
        ChestPhantom phantom = new(Small);
        for (int i = 0; i < 180; i += 7)
        {
            PhantomStudy study = phantom.Study(i / 2);
            Assert.Equal(study.Annotation, rows.Rows[i][1]);
            Assert.Equal(study.StudyId, rows.Rows[i][2]);
            Assert.Equal(study.Images[i % 2].View, rows.Rows[i][3]);
            float[] image = Numbers(rows.Rows[i][0]);
            Assert.Equal(study.Images[i % 2].Pixels, image.Select(value => (byte)MathF.Round(value * 255)));
        }
        foreach (IGrouping<object, object[]> study in rows.Rows.GroupBy(row => row[2]))
            Assert.Single(study.Select(row => row[4]).Distinct());
        Assert.Equal(["test", "train", "val"], rows.Rows.Select(row => (string)row[4]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Reading_texts_draws_nothing()
    {
        // A data set whose images would not fit into memory is listed in a moment.
        IDataView view = _ml.ChestXray().Data.CreatePhantom(new() { Size = 512, Studies = 20_000 });
        Assert.Equal(20_000, view.GetColumn<string>("Mesh").Count());
    }

    [Fact]
    public void Written_files_are_read_back_as_the_same_studies()
    {
        int images = _ml.ChestXray().Data.WritePhantom(_folder, Small, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(180, images);
        IDataView read = _ml.ChestXray().Data.LoadCsv(Path.Combine(_folder, "annotations.csv"));
        RowTable rows = RowTable.Read(
            _ml.ChestXray().LoadRadiographs("Image", "ImagePath", 64, 64).Fit(read).Transform(read),
            "Mesh",
            "StudyId",
            "PatientId",
            "View",
            "Source",
            "Split",
            "Image"
        );
        RowTable made = RowTable.Read(_ml.ChestXray().Data.CreatePhantom(Small), "Mesh", "StudyId", "PatientId", "View", "Source", "Split", "Image");
        Assert.Equal(made.Rows.Count, rows.Rows.Count);
        for (int i = 0; i < rows.Rows.Count; i++)
        {
            Assert.Equal(made.Rows[i][..6], rows.Rows[i][..6]);
            float[] expected = Numbers(made.Rows[i][6]),
                actual = Numbers(rows.Rows[i][6]);
            for (int p = 0; p < expected.Length; p++)
                Assert.Equal(expected[p], actual[p], 1e-4f);
        }
        string[] regions = File.ReadAllLines(Path.Combine(_folder, "regions.csv"));
        Assert.Equal("image,term,x,y,width,height", regions[0]);
        ChestPhantom phantom = new(Small);
        Assert.Equal(Enumerable.Range(0, Small.Studies).Sum(i => phantom.Study(i).Images.Sum(image => image.Regions.Count)), regions.Length - 1);
    }

    [Fact]
    public void Writing_twice_gives_the_same_bytes()
    {
        ChestPhantomOptions options = Small with { Studies = 20 };
        string first = Path.Combine(_folder, "a"),
            second = Path.Combine(_folder, "b");
        _ml.ChestXray().Data.WritePhantom(first, options, cancellationToken: TestContext.Current.CancellationToken);
        _ml.ChestXray().Data.WritePhantom(second, options, cancellationToken: TestContext.Current.CancellationToken);
        string[] files =
        [
            .. Directory
                .EnumerateFiles(first, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(first, path))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(42, files.Length);
        foreach (string file in files)
            Assert.Equal(File.ReadAllBytes(Path.Combine(first, file)), File.ReadAllBytes(Path.Combine(second, file)));
    }

    [Fact]
    public void Cancelled_writing_leaves_no_table()
    {
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            _ml.ChestXray().Data.WritePhantom(_folder, Small with { Studies = 5000 }, progress: new Signal(stop), cancellationToken: stop.Token)
        );
        Assert.False(File.Exists(Path.Combine(_folder, "annotations.csv")));
    }

    [Fact]
    public void Shares_that_leave_nothing_to_train_on_are_refused() =>
        Assert.Equal(
            "test",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ChestXray().Data.CreatePhantom(Small, validation: 0.5, test: 0.5)).ParamName
        );

    private static float[] Numbers(object vector) => Array.ConvertAll((object[])vector, value => (float)value);

    private sealed class Signal(CancellationTokenSource stop) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value >= 3)
                stop.Cancel();
        }
    }
}
