using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using CxrAnnotate.Tests;
using NetVips;

namespace CxrAnnotate.Benchmarks;

/// <summary>Pictures, compared with only the thumbnails of NetVips.</summary>
public class PictureReadingBenchmarks : ReadingBenchmarks
{
    [Params("png-8", "png-16", "jpeg")]
    public override string Kind { get; set; } = "";

    [Benchmark(OperationsPerInvoke = Files)]
    public void NetVipsThumbnail() =>
        Each(file =>
        {
            using Image image = Image.Thumbnail(file, Target, height: Target, size: Enums.Size.Force);
            image.WriteToMemory<byte>();
        });
}

/// <summary>
/// DICOM files, compared with dcmtk's converter, which is a process for each file. Compression and reading need its tools (dcmcrle, dcmcjpeg,
/// dcmj2pnm) in the path.
/// </summary>
public class DicomReadingBenchmarks : ReadingBenchmarks
{
    [Params("dicom-8", "dicom-12", "dicom-12-rle", "dicom-12-jpeg-lossless", "dicom-12-jpeg")]
    public override string Kind { get; set; } = "";

    [Benchmark(OperationsPerInvoke = Files)]
    public void Dcmtk() =>
        Each(file =>
        {
            string side = Target.ToString(CultureInfo.InvariantCulture);
            Run("dcmj2pnm", "+Sxv", side, "+Syv", side, file, file + ".pgm");
        });
}

/// <summary>
/// Radiographs of 2048 x 2048 from file to 256 x 256, in every compression: this library, with and without its cache. Times are of one radiograph.
/// </summary>
public abstract class ReadingBenchmarks
{
    protected const int Side = 2048,
        Target = 256,
        Files = 16;

    private static readonly RadiographFormat _format = new(Target, Target, Range: ValueRange.BitsUsed);

    private string _folder = "";
    private string[] _files = [];
    private RadiographCache _cache = null!;

    public abstract string Kind { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        VipsRuntime.EnsureLoaded();
        _folder = Directory.CreateTempSubdirectory("cxr-bench").FullName;
        _files = [.. Enumerable.Range(0, Files).Select(Write)];
        _cache = new RadiographCache(Path.Combine(_folder, "cache"), long.MaxValue);
        Cached();
    }

    [GlobalCleanup]
    public void CleanUp() => Directory.Delete(_folder, recursive: true);

    [Benchmark(Baseline = true, OperationsPerInvoke = Files)]
    public void Read() => Each(file => RadiographReader.Read(file, _format));

    [Benchmark(OperationsPerInvoke = Files)]
    public void Cached() => Each(file => _cache.Read(file, _format, new float[_format.PixelCount]));

    protected void Each(Action<string> read) => Parallel.ForEach(_files, new ParallelOptions { MaxDegreeOfParallelism = Threads }, read);

    private string Write(int number)
    {
        // Smooth with some noise, so that it is compressed about as well as a radiograph.
        var random = new Random(number);
        int[] values = new int[Side * Side];
        for (int i = 0; i < values.Length; i++)
            values[i] = (int)(2048 + (1300 * Math.Sin(((i % Side) + number) * 6.0 / Side) * Math.Cos(i / Side * 5.0 / Side))) + random.Next(-40, 41);
        byte[] bytes = [.. values.Select(value => (byte)(value >> 4))];
        string path = Path.Combine(_folder, number.ToString(CultureInfo.InvariantCulture));
        if (!Kind.StartsWith("dicom", StringComparison.Ordinal))
        {
            using Image narrow = Image.NewFromMemoryCopy<byte>(bytes, Side, Side, 1, Enums.BandFormat.Uchar),
                picture = narrow.Copy(interpretation: Enums.Interpretation.Bw);
            if (Kind == "jpeg")
            {
                picture.Jpegsave(path += ".jpg", q: 90);
            }
            else if (Kind == "png-8")
            {
                picture.Pngsave(path += ".png");
            }
            else
            {
                using Image wide = Image.NewFromMemoryCopy<ushort>(
                        (ushort[])[.. values.Select(value => (ushort)value)],
                        Side,
                        Side,
                        1,
                        Enums.BandFormat.Ushort
                    ),
                    deep = wide.Copy(interpretation: Enums.Interpretation.Grey16);
                deep.Pngsave(path += ".png");
            }

            return path;
        }

        path += ".dcm";
        if (Kind == "dicom-8")
        {
            DicomFileWriter.Save(path, bytes, Side, Side, path, path, path, "PA", "benchmark");
            return path;
        }

        File.WriteAllBytes(
            path,
            DicomWriter.File(
                DicomWriter.ExplicitLittle,
                [
                    WrittenElement.Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1.1"),
                    WrittenElement.Text(0x0008_0018, "UI", $"1.2.3.{number + 1}"),
                    WrittenElement.Text(0x0008_0060, "CS", "DX"),
                    WrittenElement.Text(0x0020_000D, "UI", "1.2.3"),
                    WrittenElement.Text(0x0020_000E, "UI", "1.2.4"),
                    WrittenElement.Words(0x0028_0002, "US", 1),
                    WrittenElement.Text(0x0028_0004, "CS", "MONOCHROME2"),
                    WrittenElement.Words(0x0028_0010, "US", Side),
                    WrittenElement.Words(0x0028_0011, "US", Side),
                    WrittenElement.Words(0x0028_0100, "US", 16),
                    WrittenElement.Words(0x0028_0101, "US", 12),
                    WrittenElement.Words(0x0028_0102, "US", 11),
                    WrittenElement.Words(0x0028_0103, "US", 0),
                    WrittenElement.Text(0x0028_1050, "DS", "2048"),
                    WrittenElement.Text(0x0028_1051, "DS", "3000"),
                    WrittenElement.Words(0x7FE0_0010, "OW", [.. values.Select(value => (ushort)value)]),
                ]
            )
        );
        string packed = path + ".packed.dcm";
        switch (Kind)
        {
            case "dicom-12-rle":
                Run("dcmcrle", path, packed);
                return packed;
            case "dicom-12-jpeg-lossless":
                Run("dcmcjpeg", "+e1", path, packed);
                return packed;
            case "dicom-12-jpeg":
                Run("dcmcjpeg", "+ee", path, packed);
                return packed;
            default:
                return path;
        }
    }

    protected static void Run(string tool, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{tool} ended with {process.ExitCode}: {said}");
    }
}
