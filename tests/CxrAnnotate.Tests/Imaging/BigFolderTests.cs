using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A large folder with some damaged files; CXR_TEST_FILES makes it larger, for example 10000.</summary>
public sealed class BigFolderTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_hundredth_file_is_damaged_and_exactly_those_are_missing_and_named(bool cached)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CXR_TEST_FILES"), CultureInfo.InvariantCulture, out int asked) ? asked : 1000;
        var broken = new HashSet<string>(StringComparer.Ordinal);
        var paths = new string[count];
        for (int i = 0; i < count; i++)
        {
            string name = $"picture{i}.png";
            paths[i] = i % 100 == 37 ? Broken(name, i / 100) : _folder.Write(name, Sound(i));
            if (i % 100 == 37)
                broken.Add(paths[i]);
        }

        IDataView rows = _log.Cxr.Data.LoadRecords([.. paths.Select(path => new RadiographRecord { ImagePath = path })]);
        string? cache = cached ? Path.Combine(_folder.Path, "cache") : null;
        IDataView view = _log
            .Cxr.LoadRadiographs(
                new LoadRadiographsOptions
                {
                    Height = 8,
                    Width = 8,
                    CacheFolder = cache,
                }
            )
            .Fit(rows)
            .Transform(rows);
        int row = 0;
        foreach (float[] image in view.GetColumn<float[]>("Image"))
        {
            string path = paths[row];
            Assert.Equal(broken.Contains(path), RadiographReader.IsMissing(image));
            if (!broken.Contains(path))
                Assert.Equal((row % 251) / 255f, image[0], 1e-6f);
            row++;
        }

        Assert.Equal(count, row);
        // Rows are read batch by batch, so that the first ones are listed.
        string[] listed = [.. paths.Where(broken.Contains).Take(LoadRadiographsTransformer.MostWarned)];
        foreach (string path in listed)
            Assert.Single(_log.Warnings, warning => warning.Contains($"'{path}'", StringComparison.Ordinal));
        Assert.Equal(listed.Length + 1, _log.Warnings.Count);
        Assert.Single(_log.Warnings, warning => warning.Contains($"{broken.Count} of {count}", StringComparison.Ordinal));
    }

    private static byte[] Sound(int i) => ImageBytes.Png(8, 8, 8, ImageBytes.Grey, [.. Enumerable.Repeat((byte)(i % 251), 64)]);

    private string Broken(string name, int kind)
    {
        switch (kind % 7)
        {
            case 0:
                return _folder.Write(name, Sound(1)[..48]); // In the middle of the pixels.
            case 1:
                return _folder.Write(name, "");
            case 2:
                return _folder.Write(name, "This is a letter, not a radiograph.");
            case 3:
                return _folder.Write(name, "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>");
            case 4:
                return Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
            case 5:
                return _folder.Write(
                    name,
                    [
                        .. ImageBytes.PngHeader(100_000, 100_000, 8, ImageBytes.Grey),
                        .. ImageBytes.Chunk("IDAT", new byte[20]),
                        .. ImageBytes.Chunk("IEND", []),
                    ]
                );
            default:
                return Path.Combine(_folder.Path, name);
        }
    }
}
