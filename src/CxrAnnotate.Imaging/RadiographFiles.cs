namespace CxrAnnotate;

/// <summary>A radiograph's pixels, or an error.</summary>
internal readonly record struct LoadedRadiograph(float[]? Pixels, string? Error);

/// <summary>Reads many radiographs on all cores.</summary>
internal static class RadiographFiles
{
    /// <summary>One result per path, in the order of the paths, whatever the number of threads.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="format">The format to read them in.</param>
    /// <param name="threads">The number of files decoded at the same time; 0: one per core.</param>
    /// <param name="progress">Called after every file, on several threads, with the number of files done.</param>
    /// <param name="cancellation">Stops before the next file.</param>
    internal static LoadedRadiograph[] LoadAll(
        IReadOnlyList<string> paths,
        RadiographFormat format,
        int threads = 0,
        Action<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        VipsRuntime.EnsureLoaded();
        var loaded = new LoadedRadiograph[paths.Count];
        int done = 0;
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        Parallel.For(
            0,
            paths.Count,
            options,
            i =>
            {
                loaded[i] = Load(paths[i], format);
                progress?.Invoke(Interlocked.Increment(ref done));
            }
        );
        return loaded;
    }

    private static LoadedRadiograph Load(string path, RadiographFormat format)
    {
        try
        {
            return new LoadedRadiograph(RadiographReader.Read(path, format), null);
        }
        catch (Exception e)
        {
            return new LoadedRadiograph(null, (e as InvalidDataException ?? RadiographReader.Failure(path, e)).Message);
        }
    }
}
