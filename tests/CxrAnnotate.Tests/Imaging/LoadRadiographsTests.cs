using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class LoadRadiographsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_stage_conforms_to_ML_NET() =>
        StageConformance.Check(
            _log.Context,
            _log.Cxr.LoadRadiographs(
                new LoadRadiographsOptions
                {
                    Height = 3,
                    Width = 4,
                    BatchSize = 2,
                    ImageFolder = _folder.Path,
                }
            ),
            View("a.png", "b.png", "absent.png", "c.png", "a.png")
        );

    [Fact]
    public void Paths_are_relative_to_the_image_folder_and_the_vector_has_channel_height_and_width()
    {
        IDataView view = _log
            .Cxr.LoadRadiographs("Pixels", "ImagePath", height: 2, width: 3, imageFolder: _folder.Path)
            .Fit(View("a.png"))
            .Transform(View("a.png", Path.Combine(_folder.Path, "b.png")));
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 1, 2, 3), view.Schema["Pixels"].Type);
        float[][] images = [.. view.GetColumn<float[]>("Pixels")];
        Assert.All(images[0], pixel => Assert.Equal(0.2f, pixel, 1e-6f));
        Assert.All(images[1], pixel => Assert.Equal(0.4f, pixel, 1e-6f));
    }

    [Fact]
    public void A_bad_file_is_a_missing_value_with_one_warning_that_names_it_and_a_count()
    {
        string empty = _folder.Write("empty.png", "");
        IDataView view = _log
            .Cxr.LoadRadiographs(
                new LoadRadiographsOptions
                {
                    Height = 2,
                    Width = 2,
                    BatchSize = 3,
                    ImageFolder = _folder.Path,
                }
            )
            .Fit(View("a.png"))
            .Transform(View("a.png", "absent.png", "b.png", empty, "", "c.png"));
        for (int pass = 0; pass < 2; pass++)
        {
            float[][] images = [.. view.GetColumn<float[]>("Image")];
            Assert.Equal([false, true, false, true, true, false], images.Select(image => RadiographReader.IsMissing(image)));
            Assert.All(
                images.Where(image => RadiographReader.IsMissing(image)),
                image => Assert.All(image, pixel => Assert.True(float.IsNaN(pixel)))
            );
        }

        Assert.Equal(
            3,
            _log.Context.Data.CreateEnumerable<RadiographRecord>(_log.Context.Data.FilterRowsByMissingValues(view, "Image"), reuseRowObject: false)
                .Count()
        );
        Assert.Single(_log.Warnings, warning => warning.Contains("absent.png", StringComparison.Ordinal));
        Assert.Single(_log.Warnings, warning => warning.Contains(empty, StringComparison.Ordinal));
        Assert.Single(_log.Warnings, warning => warning.Contains("3 of 6", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_that_are_read_leniently_are_warned_about_once_by_name_and_counted(bool cached)
    {
        // More than are named; the last keeps to the standard.
        for (int i = 0; i < 13; i++)
            _folder.Write($"{i}.dcm", LenientReading.Grey.File(LenientReading.Window("2000", i < 12 ? "0" : "10")));
        var options = new LoadRadiographsOptions
        {
            Height = 2,
            Width = 3,
            BatchSize = 4,
            ImageFolder = _folder.Path,
            CacheFolder = cached ? Path.Combine(_folder.Path, "cache") : null,
        };
        IDataView rows = View([.. Enumerable.Range(0, 13).Select(i => $"{i}.dcm"), "absent.png"]);
        // Another stage, as in a later training, says the same, also out of the cache.
        for (int training = 0; training < 2; training++)
        {
            var log = new LoggedContext();
            IDataView view = log.Cxr.LoadRadiographs(options).Fit(rows).Transform(rows);
            for (int pass = 0; pass < 2; pass++)
                Assert.Equal(1, view.GetColumn<float[]>("Image").Count(image => RadiographReader.IsMissing(image)));
            Assert.Equal(10, log.Warnings.Count(w => w.Contains("Its WindowWidth (0028,1051) is 0: the window is not", StringComparison.Ordinal)));
            Assert.Single(log.Warnings, warning => warning.Contains($"{Path.Combine(_folder.Path, "0.dcm")}' does not", StringComparison.Ordinal));
            Assert.Single(log.Warnings, warning => warning.StartsWith("12 of 14 radiographs do not keep to", StringComparison.Ordinal));
            Assert.Single(log.Warnings, warning => warning.Contains("the first 10.", StringComparison.Ordinal));
            Assert.DoesNotContain(log.Warnings, warning => warning.Contains("12.dcm", StringComparison.Ordinal));
        }

        var last = new LoggedContext();
        IDataView strict = last.Cxr.LoadRadiographs(options with { Dicom = new() { Strict = true } }).Fit(rows).Transform(rows);
        Assert.Equal(13, strict.GetColumn<float[]>("Image").Count(image => RadiographReader.IsMissing(image)));
        Assert.DoesNotContain(last.Warnings, warning => warning.Contains("keep to", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_decoded_unless_the_image_is_requested()
    {
        IDataView view = _log.Cxr.LoadRadiographs().Fit(View("absent.png")).Transform(View("absent.png"));
        Assert.Equal(["absent.png"], view.GetColumn<string>("ImagePath"));
        Assert.Empty(_log.Warnings);
    }

    [Theory]
    [InlineData(0, 1, 1, 1, "Height")]
    [InlineData(1, -1, 1, 1, "Width")]
    [InlineData(1, 1, 0, 1, "MaximumPixels")]
    [InlineData(1, 1, 1, 0, "BatchSize")]
    [InlineData(100_000, 100_000, 1, 1, "Height")]
    public void Bad_options_are_rejected_by_name(int height, int width, long maximum, int batch, string option) =>
        Assert.Equal(
            option,
            Assert
                .Throws<ArgumentOutOfRangeException>(() =>
                    _log.Cxr.LoadRadiographs(
                        new LoadRadiographsOptions
                        {
                            Height = height,
                            Width = width,
                            MaximumPixels = maximum,
                            BatchSize = batch,
                        }
                    )
                )
                .ParamName
        );

    private IDataView View(params string[] paths)
    {
        foreach ((string name, byte value) in new[] { ("a.png", (byte)51), ("b.png", (byte)102), ("c.png", (byte)153) })
            _folder.Write(name, ImageBytes.Png(5, 4, 8, ImageBytes.Grey, [.. Enumerable.Repeat(value, 20)]));
        return _log.Cxr.Data.LoadRecords([.. paths.Select(path => new RadiographRecord { ImagePath = path })]);
    }
}
