using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class RadiographCacheTests : IDisposable
{
    private const long Large = 1 << 24;

    private static readonly RadiographFormat _format = new(5, 7, Range: ValueRange.BitsUsed);

    private readonly ScratchFolder _folder = new();
    private readonly ScratchFolder _cache = new();

    public void Dispose()
    {
        _cache.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Cached_values_are_bit_identical_to_decoded_ones_in_every_format() =>
        Gen.Select(Gen.Byte.Array[60], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Enum<ImageFit>(), Gen.Enum<ValueRange>(), Gen.Enum<PhotometricHandling>())
            .Sample(
                (samples, height, width, fit, range, photometric) =>
                {
                    string file = _folder.Write(Path.GetRandomFileName(), ImageBytes.Png(5, 6, 16, ImageBytes.Grey, samples));
                    var format = new RadiographFormat(height, width, fit, 1000, Range: range, Photometric: photometric);
                    float[] fresh = RadiographReader.Read(file, format);
                    var first = new RadiographCache(_cache.Path, Large);
                    Assert.Equal(fresh, Read(first, file, format));
                    Assert.Equal(1, first.Decoded);
                    var second = new RadiographCache(_cache.Path, Large);
                    Assert.Equal(fresh, Read(second, file, format));
                    Assert.Equal(0, second.Decoded);
                },
                iter: 40
            );

    [Fact]
    public void Views_of_a_second_epoch_and_a_second_run_decode_nothing_and_give_the_same_images()
    {
        string[] files = [.. Enumerable.Range(0, 20).Select(Picture)];
        var log = new LoggedContext();
        IDataView rows = log.Cxr.Data.LoadRecords([.. files.Select(path => new RadiographRecord { ImagePath = path })]);
        var options = new LoadRadiographsOptions
        {
            Height = 5,
            Width = 7,
            BatchSize = 4,
            CacheFolder = _cache.Path,
        };
        float[][] without = [.. log.Cxr.LoadRadiographs(options with { CacheFolder = null }).Fit(rows).Transform(rows).GetColumn<float[]>("Image")];
        LoadRadiographsTransformer stage = log.Cxr.LoadRadiographs(options).Fit(rows);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            Assert.Equal(without, [.. stage.Transform(rows).GetColumn<float[]>("Image")]);
            Assert.Equal(20, stage.Cache!.Decoded);
        }

        LoadRadiographsTransformer again = log.Cxr.LoadRadiographs(options).Fit(rows);
        Assert.Equal(without, [.. again.Transform(rows).GetColumn<float[]>("Image")]);
        Assert.Equal(0, again.Cache!.Decoded);
    }

    [Fact]
    public void A_copy_under_another_name_is_not_decoded_and_changed_content_under_the_same_name_is()
    {
        var cache = new RadiographCache(_cache.Path, Large);
        string file = Picture(1),
            copy = Path.Combine(_folder.Path, "copy");
        Read(cache, file, _format);
        File.Copy(file, copy);
        Read(cache, copy, _format);
        Assert.Equal(1, cache.Decoded);
        DateTime before = File.GetLastWriteTimeUtc(file);
        File.Copy(Picture(2), file, overwrite: true);
        File.SetLastWriteTimeUtc(file, before.AddSeconds(1));
        Assert.Equal(RadiographReader.Read(file, _format), Read(cache, file, _format));
        Assert.Equal(2, cache.Decoded);
    }

    [Fact]
    public void Damaged_truncated_and_half_written_entries_are_decoded_again()
    {
        string file = Picture(3);
        float[] fresh = RadiographReader.Read(file, _format);
        Read(new RadiographCache(_cache.Path, Large), file, _format);
        foreach (string part in Directory.GetFiles(_cache.Path))
        {
            byte[] sound = File.ReadAllBytes(part);
            for (int at = 0; at < sound.Length; at++)
            {
                byte[] damaged = [.. sound];
                damaged[at] ^= 0x10;
                File.WriteAllBytes(part, damaged);
                Assert.Equal(fresh, Read(new RadiographCache(_cache.Path, Large), file, _format));
                File.WriteAllBytes(part, sound[..at]);
                Assert.Equal(fresh, Read(new RadiographCache(_cache.Path, Large), file, _format));
                Assert.Equal(sound, File.ReadAllBytes(part));
            }
        }
    }

    [Fact]
    public void The_folder_stays_within_its_limit_and_the_values_stay_correct()
    {
        const long Bound = 3000;
        var cache = new RadiographCache(_cache.Path, Bound);
        for (int i = 0; i < 60; i++)
        {
            string file = Picture(i);
            Assert.Equal(RadiographReader.Read(file, _format), Read(cache, file, _format));
            Assert.InRange(new DirectoryInfo(_cache.Path).EnumerateFiles().Sum(f => f.Length), 1, Bound);
        }
    }

    [Fact]
    public void Many_threads_with_caches_of_their_own_share_a_folder()
    {
        string[] files = [.. Enumerable.Range(0, 12).Select(Picture)];
        float[][] fresh = [.. files.Select(file => RadiographReader.Read(file, _format))];
        Parallel.For(
            0,
            8,
            _ =>
            {
                var cache = new RadiographCache(_cache.Path, 4000);
                for (int pass = 0; pass < 5; pass++)
                {
                    for (int i = 0; i < files.Length; i++)
                        Assert.Equal(fresh[i], Read(cache, files[i], _format));
                }
            }
        );
    }

    [Fact]
    public void A_bad_file_fails_as_without_a_cache_and_an_unusable_folder_only_costs_time()
    {
        string empty = _folder.Write("empty.png", ""),
            text = _folder.Write("text.png", "no picture"),
            sound = Picture(4);
        var cache = new RadiographCache(_cache.Path, Large);
        foreach (string path in new[] { empty, text, _folder.Path, Path.Combine(_folder.Path, "absent.png"), "" })
        {
            Assert.Equal(
                Assert.Throws<InvalidDataException>(() => RadiographReader.Read(path, _format)).Message,
                Assert.Throws<InvalidDataException>(() => Read(cache, path, _format)).Message
            );
        }

        Assert.Equal(RadiographReader.Read(sound, _format), Read(new RadiographCache(Path.Combine(text, "under a file"), Large), sound, _format));
    }

    [Fact]
    public void The_cache_folder_does_not_distinguish_trainings()
    {
        var one = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var other = new SortedDictionary<string, string>(StringComparer.Ordinal);
        TrainingFingerprint.Add(one, new LoadRadiographsOptions());
        TrainingFingerprint.Add(other, new LoadRadiographsOptions { CacheFolder = "there", MaximumCacheBytes = 5 });
        Assert.Equal(one, other);
    }

    private static float[] Read(RadiographCache cache, string file, RadiographFormat format)
    {
        float[] pixels = new float[format.PixelCount];
        cache.Read(file, format, pixels);
        return pixels;
    }

    private string Picture(int seed) =>
        _folder.Write(
            $"picture{seed}",
            ImageBytes.Png(5, 4, 8, ImageBytes.Grey, [.. Enumerable.Range(0, 20).Select(i => (byte)((i * 37) + (seed * 11)))])
        );
}
