using BenchmarkDotNet.Attributes;

namespace CxrAnnotate.Benchmarks;

/// <summary>
/// From a file to the network's input: decoding with resampling, and the preparation of a stored image, with and without augmentation.
/// </summary>
public class ImagingBenchmarks
{
    private const int Stored = 256;
    private const int Crop = 224;

    private readonly float[] _image = new float[Stored * Stored];
    private string _folder = "";
    private string _small = "";
    private string _large = "";
    private float[] _output = [];
    private ImagePreparer _preparer = null!;
    private int _row;

    [Params(1, 3)]
    public int Channels { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("cxr-bench").FullName;
        _small = Picture(512);
        _large = Picture(2048);
        var random = new Random(1);
        for (int i = 0; i < _image.Length; i++)
            _image[i] = random.NextSingle();
        _preparer = new ImagePreparer(Stored, Stored, Crop, Channels);
        _output = new float[_preparer.Length];
    }

    [GlobalCleanup]
    public void CleanUp() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public float[] Decode512To256() => RadiographReader.Read(_small, new RadiographFormat(Stored, Stored));

    [Benchmark]
    public float[] Decode2048To256() => RadiographReader.Read(_large, new RadiographFormat(Stored, Stored));

    [Benchmark]
    public void PrepareCentreCrop() => _preparer.Prepare(_image, _output);

    [Benchmark]
    public void PrepareVaried() => _preparer.Prepare(_image, _output, new AugmentationOptions(), Seeds.At(1, _row++), mirror: false);

    private string Picture(int size)
    {
        // Smooth with some noise, so that PNG compresses it about as well as a radiograph.
        var random = new Random(size);
        var grey = new byte[size * size];
        for (int i = 0; i < grey.Length; i++)
            grey[i] = (byte)(128 + (80 * Math.Sin(i % size * 6.0 / size) * Math.Cos(i / size * 5.0 / size)) + random.Next(-6, 7));
        string path = Path.Combine(_folder, FormattableString.Invariant($"{size}.png"));
        RadiographWriter.SavePng(path, grey, size, size);
        return path;
    }
}
