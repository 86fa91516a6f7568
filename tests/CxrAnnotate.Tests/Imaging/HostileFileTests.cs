using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Small files that demand gigabytes or minutes are rejected by their headers, or read without that cost.</summary>
public sealed class HostileFileTests
{
    private static readonly RadiographFormat _format = new(32, 32);

    public static IEnumerable<TheoryDataRow<string>> Refused => HostilePictures.Refused.Select(file => new TheoryDataRow<string>(file.Name));

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_file_that_demands_too_much_is_rejected_before_any_allocation(string name)
    {
        (_, string code, Func<byte[]> make) = HostilePictures.Refused.Single(file => file.Name == name);
        byte[] content = make();
        var file = new RadiographFile(name, content);
        float[] pixels = new float[_format.PixelCount];
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => RadiographReader.Read(file, _format, pixels));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(CxrError.CodeOf(error) == code, error.Message);
        // A deflated header is inflated up to its limit; for the others only the file itself is in memory.
        Assert.True(
            allocated < (name == "deflated.header.dcm" ? 200L << 20 : (4 << 20) + (3L * content.Length)),
            $"{allocated} bytes were allocated for {content.Length} bytes of file."
        );

        using var folder = new ScratchFolder();
        // A description ignores windows.
        Assert.Equal(name == "text.dcm", RadiographDescription.Of(folder.Write(name, content)).Error is null);
    }

    [Fact]
    public void Every_limit_is_an_option_and_named_by_the_error()
    {
        byte[] png = HostilePictures.Zeros(300, 100, 16, 6, interlaced: true);
        float[] pixels = new float[_format.PixelCount];
        RadiographReader.Read(new RadiographFile("whole", png), _format, pixels);
        foreach (
            (RadiographFormat format, string option) in ((RadiographFormat, string)[])
                [
                    (_format with { MaximumSide = 299 }, "MaximumSide"),
                    (_format with { MaximumPixels = 29_999 }, "MaximumPixels"),
                    (_format with { MaximumAspectRatio = 2.9 }, "MaximumAspectRatio"),
                    (_format with { MaximumBytes = (300 * 100 * 8) - 1 }, "MaximumBytes"),
                ]
        )
        {
            Assert.Contains(
                option,
                Assert.Throws<InvalidDataException>(() => RadiographReader.Read(new RadiographFile("refused", png), format, pixels)).Message,
                StringComparison.Ordinal
            );
        }

        RadiographReader.Read(
            new RadiographFile("just", png),
            _format with
            {
                MaximumSide = 300,
                MaximumPixels = 30_000,
                MaximumAspectRatio = 3,
                MaximumBytes = 300 * 100 * 8,
            },
            pixels
        );
    }

    [Fact]
    public void Every_form_of_a_saved_model_keeps_the_limits()
    {
        var options = new LoadRadiographsOptions
        {
            Height = 8,
            Width = 8,
            MaximumSide = 77,
            MaximumAspectRatio = 7.5,
            MaximumBytes = 7777,
            MaximumPixels = 777,
        };
        Assert.Equal(options.Format, SavedLoadingMapping.FromText(SavedLoadingMapping.ToText(options.Format)));
        Assert.Equal(
            RadiographLimits.Default,
            SavedLoadingMapping.FromText(Convert.ToBase64String("{\"Height\":8,\"Width\":8,\"MaximumPixels\":64000000}"u8)).Limits
        );
        Assert.Throws<InvalidDataException>(() =>
            SavedLoadingMapping.FromText(Convert.ToBase64String("{\"Height\":8,\"Width\":8,\"MaximumPixels\":1,\"MaximumBytes\":0}"u8))
        );

        // A saved model keeps them.
        using var folder = new ScratchFolder();
        var context = new MLContext();
        string path = folder.Write("wide.png", HostilePictures.Zeros(100, 20, 8, 0)),
            model = Path.Combine(folder.Path, "model.zip");
        IDataView rows = context.ChestXray().Data.LoadRecords([new() { ImagePath = path }]);
        foreach (double ratio in (double[])[4, 6])
        {
            context.Model.Save(
                context.ChestXray().LoadRadiographs(options with { MaximumSide = 100, MaximumPixels = 10_000, MaximumAspectRatio = ratio }).Fit(rows),
                rows.Schema,
                model
            );
            Assert.Equal(ratio < 5, float.IsNaN(context.Model.Load(model, out _).Transform(rows).GetColumn<float[]>("Image").Single()[0]));
        }
    }

    [Theory]
    [InlineData(nameof(LoadRadiographsOptions.MaximumSide))]
    [InlineData(nameof(LoadRadiographsOptions.MaximumAspectRatio))]
    [InlineData(nameof(LoadRadiographsOptions.MaximumBytes))]
    public void Limits_are_checked(string option)
    {
        LoadRadiographsOptions options = option switch
        {
            nameof(LoadRadiographsOptions.MaximumSide) => new() { MaximumSide = 0 },
            nameof(LoadRadiographsOptions.MaximumAspectRatio) => new() { MaximumAspectRatio = double.NaN },
            _ => new() { MaximumBytes = 0 },
        };
        Assert.Equal(option, Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext().ChestXray().LoadRadiographs(options)).ParamName);
    }

    [Fact]
    public void A_deflated_file_is_inflated_as_far_as_its_header_needs()
    {
        byte[] content = HostilePictures.Deflated(64, 64, 1, 100 << 20),
            whole = HostilePictures.Deflated(64, 64, 1, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        DicomFile file = DicomFile.Read(content);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 4 << 20, $"{allocated} bytes were allocated.");
        Assert.Equal(DicomImage.Of(DicomFile.Read(whole), 1 << 20).Decode(), DicomImage.Of(file, 1 << 20).Decode());
    }

    [Fact]
    public void Only_the_requested_frames_of_a_deflated_file_are_inflated()
    {
        var random = new Random(3);
        int[][] frames = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 48).Select(_ => random.Next(65_536)).ToArray())];
        byte[] content = new WrittenImage(8, 6, frames) { Syntax = DicomWriter.Deflated }.File();
        for (int count = 1; count <= 5; count++)
        {
            DicomImage image = DicomImage.Of(DicomFile.Open(new RadiographFile("frames", content), frames: count), 48);
            for (int frame = 0; frame < count; frame++)
                Assert.Equal(frames[frame], image.Decode(frame));
        }
    }

    /// <summary>The kinds of the first test, as made by others.</summary>
    [Fact]
    public void Known_hostile_files_are_rejected_or_read_within_bounds()
    {
        string folder = TestData.Require("hostile-cases");
        using var scratch = new ScratchFolder();
        string[] paths = [.. Directory.EnumerateFiles(folder, "*.png"), .. Directory.EnumerateFiles(folder, "*.dcm.gz").Select(Unpacked)];
        Assert.NotEmpty(paths);
        var child = ChildTest.Run<HostileFileTests>(
            nameof(Child_reads_files),
            ("CXR_CHILD_FILES", string.Join(Path.PathSeparator, paths)),
            ("CXR_CHILD_LIMIT", $"{Bound}")
        );
        Assert.True(child.ExitCode == 0, child.Output);

        string Unpacked(string path)
        {
            using var packed = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            string unpacked = Path.Combine(scratch.Path, Path.GetFileNameWithoutExtension(path));
            using FileStream to = File.Create(unpacked);
            packed.CopyTo(to);
            return unpacked;
        }
    }

    /// <summary>Far more than a test process takes without reading, far less than these files demand.</summary>
    private const long Bound = 700L << 20;

    [Fact]
    public void The_memory_of_a_process_stays_within_bounds_for_all_files()
    {
        using var folder = new ScratchFolder();
        string[] paths =
        [
            .. HostilePictures.Refused.Select(file => folder.Write(file.Name, file.Content())),
            .. HostilePictures.Readable.Select(file => folder.Write("readable." + file.Name, file.Content())),
        ];
        var child = ChildTest.Run<HostileFileTests>(
            nameof(Child_reads_files),
            ("CXR_CHILD_FILES", string.Join(Path.PathSeparator, paths)),
            ("CXR_CHILD_LIMIT", $"{Bound}")
        );
        Assert.True(child.ExitCode == 0, child.Output);
    }

    [Fact(Explicit = true)]
    public void Child_reads_files()
    {
        foreach (string path in Environment.GetEnvironmentVariable("CXR_CHILD_FILES")!.Split(Path.PathSeparator))
        {
            try
            {
                RadiographReader.Read(path, _format);
            }
            catch (InvalidDataException e) when (!Path.GetFileName(path).StartsWith("readable.", StringComparison.Ordinal))
            {
                Assert.NotNull(CxrError.CodeOf(e));
            }

            _ = RadiographDescription.Of(path);
        }

        using Process self = Process.GetCurrentProcess();
        long peak = self.PeakWorkingSet64,
            limit = long.Parse(Environment.GetEnvironmentVariable("CXR_CHILD_LIMIT")!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(peak < limit, $"The process took {peak} bytes at its peak.");
    }

    [Fact(Explicit = true)]
    public void Write_hostile_files()
    {
        string folder = Environment.GetEnvironmentVariable("CXR_CHILD_FILES")!;
        Directory.CreateDirectory(folder);
        foreach ((string name, _, Func<byte[]> content) in HostilePictures.Refused)
            File.WriteAllBytes(Path.Combine(folder, name), content());
        foreach ((string name, Func<byte[]> content) in HostilePictures.Readable)
            File.WriteAllBytes(Path.Combine(folder, "readable." + name), content());
    }
}
