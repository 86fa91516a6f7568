using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Reads image files into pixel vectors lazily, in batches on all cores and one batch ahead. Made by <see cref="LoadRadiographsEstimator"/>, which
/// documents the output.
/// </summary>
public sealed class LoadRadiographsTransformer : StageTransformer
{
    /// <summary>The maximum number of files named in warnings; the others are only counted.</summary>
    internal const int MostWarned = 10;

    private readonly LoadRadiographsOptions _options;

    /// <summary>Files that were warned about: a training reads the view many times, and one warning per file is enough.</summary>
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);

    internal LoadRadiographsTransformer(MLContext context, LoadRadiographsOptions options)
        : base(context)
    {
        _options = options;
        if (options.CacheFolder is { } folder)
            Cache = new RadiographCache(folder, options.MaximumCacheBytes);
    }

    internal LoadRadiographsOptions Options => _options;

    /// <summary>The cache of decoded images; null without a cache folder.</summary>
    internal RadiographCache? Cache { get; }

    private protected override BoundMapper Bind(DataViewSchema input) => new Mapper(this, SchemaChecks.RequireText(input, _options.InputColumnName));

    /// <summary>
    /// Writes a chain that loads files in the same way: a constant column of the options, a custom mapping of this assembly, and a graph that gives
    /// the image its shape.
    /// </summary>
    private protected override void SaveModel(ModelSaveContext context) =>
        AddTo(new SavedChain(Context)).Save(context, (_options.InputColumnName, TextDataViewType.Instance));

    /// <summary>Adds the loading stages to a saved chain.</summary>
    internal SavedChain AddTo(SavedChain chain)
    {
        string options = SavedLoadingMapping.ToText(_options.Format);
        var (loading, length) = SavedLoadingMapping.Create(Context, _options.Format.PixelCount);
        return chain
            .Add(Context.Transforms.CopyColumns(SavedLoadingMapping.Path, _options.InputColumnName))
            .Add(Context.Transforms.Expression(SavedLoadingMapping.Options, $"(path) => \"{options}\"", SavedLoadingMapping.Path))
            .Add(loading)
            .Graph(
                ImageGraph.FromPixels(SavedLoadingMapping.Pixels, length, _options.OutputColumnName, _options.Height, _options.Width),
                [SavedLoadingMapping.Pixels],
                [_options.OutputColumnName]
            )
            .Scratch(SavedLoadingMapping.Path, SavedLoadingMapping.Options, SavedLoadingMapping.Pixels);
    }

    private void Warn(string path, string reason)
    {
        if (!_warned.TryAdd(path, true) || _warned.Count > MostWarned)
            return;
        using IChannel channel = ((IChannelProvider)Context).Start(nameof(LoadRadiographsTransformer));
        channel.Warning(MessageSensitivity.UserData, $"{reason} Its image is missing (NaN).");
    }

    private void Count(int failed, int total)
    {
        using IChannel channel = ((IChannelProvider)Context).Start(nameof(LoadRadiographsTransformer));
        channel.Warning(
            MessageSensitivity.None,
            $"{failed} of {total} radiographs could not be read; their images are missing (NaN). The warnings above name "
                + $"{(failed > MostWarned ? $"the first {MostWarned}" : "them")}."
        );
    }

    private sealed class Mapper(LoadRadiographsTransformer stage, DataViewSchema.Column path) : BoundMapper
    {
        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new(
                stage._options.OutputColumnName,
                new VectorDataViewType(NumberDataViewType.Single, 1, stage._options.Height, stage._options.Width),
                null
            ),
        ];

        internal override int BatchSize => stage._options.BatchSize;

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => wanted[0] ? [path] : [];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted)
        {
            VipsRuntime.EnsureLoaded();
            return new Computation(stage, wanted[0] ? input.GetGetter<ReadOnlyMemory<char>>(path) : null, new Tally());
        }
    }

    /// <summary>The counts of one cursor.</summary>
    private sealed class Tally
    {
        internal int Total { get; set; }

        internal int Failed { get; set; }

        internal bool HasNewFailures { get; set; }
    }

    private sealed class Computation(LoadRadiographsTransformer stage, ValueGetter<ReadOnlyMemory<char>>? path, Tally tally) : BatchComputation
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly string[] _paths = new string[stage._options.BatchSize];
        private readonly float[][] _pixels = new float[stage._options.BatchSize][];
        private readonly string?[] _failures = new string?[stage._options.BatchSize];
        private ReadOnlyMemory<char> _path;

        internal override void Read(int slot)
        {
            path!(ref _path);
            _paths[slot] = _path.IsEmpty ? "" : stage._options.Format.PathOf(_path.ToString());
        }

        internal override void Compute(int count)
        {
            RadiographFormat format = stage._options.Format;
            Parallel.For(
                0,
                count,
                new ParallelOptions { CancellationToken = _stop.Token },
                slot =>
                {
                    _pixels[slot] ??= new float[format.PixelCount];
                    _failures[slot] = null;
                    try
                    {
                        if (stage.Cache is { } cache)
                            cache.Read(_paths[slot], format, _pixels[slot]);
                        else
                            RadiographReader.Read(_paths[slot], format, _pixels[slot]);
                    }
                    catch (Exception e)
                    {
                        // Any error with a file makes its image missing. Problems with libvips were already reported when the cursor was created.
                        _failures[slot] = (e as InvalidDataException ?? RadiographReader.Failure(_paths[slot], e)).Message;
                        _pixels[slot].AsSpan().Fill(float.NaN);
                    }
                }
            );
        }

        internal override void Report(int count)
        {
            tally.Total += count;
            for (int slot = 0; slot < count; slot++)
            {
                if (_failures[slot] is not { } failure)
                    continue;
                tally.Failed++;
                tally.HasNewFailures |= !stage._warned.ContainsKey(_paths[slot]);
                stage.Warn(_paths[slot], failure);
            }
        }

        internal override BatchComputation Second() => new Computation(stage, path, tally);

        internal override void Cancel() => _stop.Cancel();

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(_pixels[slot()], ref value));

        public override void Dispose()
        {
            if (tally.HasNewFailures)
                stage.Count(tally.Failed, tally.Total);
            tally.HasNewFailures = false;
            _stop.Dispose();
            base.Dispose();
        }
    }
}
