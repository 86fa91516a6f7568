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
    private readonly ConcurrentDictionary<string, bool> _missing = new(StringComparer.Ordinal),
        _lenient = new(StringComparer.Ordinal);

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

    /// <summary>Warns about a file, unless that was done before or enough files are named.</summary>
    private void Warn(ConcurrentDictionary<string, bool> warned, string path, Func<string> message)
    {
        if (!warned.TryAdd(path, true) || warned.Count > MostWarned)
            return;
        using IChannel channel = ((IChannelProvider)Context).Start(nameof(LoadRadiographsTransformer));
        channel.Warning(MessageSensitivity.UserData, message());
    }

    private void Count(int files, int total, string what)
    {
        using IChannel channel = ((IChannelProvider)Context).Start(nameof(LoadRadiographsTransformer));
        channel.Warning(
            MessageSensitivity.None,
            $"{files} of {total} radiographs {what}. The warnings above name {(files > MostWarned ? $"the first {MostWarned}" : "them")}."
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

        internal int Lenient { get; set; }

        internal bool HasNewFailures { get; set; }

        internal bool HasNewLenient { get; set; }
    }

    private sealed class Computation(LoadRadiographsTransformer stage, ValueGetter<ReadOnlyMemory<char>>? path, Tally tally) : BatchComputation
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly string[] _paths = new string[stage._options.BatchSize];
        private readonly float[][] _pixels = new float[stage._options.BatchSize][];
        private readonly string?[] _failures = new string?[stage._options.BatchSize];
        private readonly IReadOnlyList<InputWarning>[] _warnings = new IReadOnlyList<InputWarning>[stage._options.BatchSize];
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
                    _warnings[slot] = [];
                    try
                    {
                        _warnings[slot] = stage.Cache is { } cache
                            ? cache.Read(_paths[slot], format, _pixels[slot])
                            : RadiographReader.Read(_paths[slot], format, _pixels[slot]);
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
                string file = _paths[slot];
                if (_failures[slot] is { } failure)
                {
                    tally.Failed++;
                    tally.HasNewFailures |= !stage._missing.ContainsKey(file);
                    stage.Warn(stage._missing, file, () => $"{failure} Its image is missing (NaN).");
                }
                else if (_warnings[slot] is { Count: > 0 } warnings)
                {
                    tally.Lenient++;
                    tally.HasNewLenient |= !stage._lenient.ContainsKey(file);
                    stage.Warn(
                        stage._lenient,
                        file,
                        () => $"The radiograph '{file}' does not keep to the standard. {string.Join(' ', warnings.Select(w => w.Message))}"
                    );
                }
            }
        }

        internal override BatchComputation Second() => new Computation(stage, path, tally);

        internal override void Cancel() => _stop.Cancel();

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(_pixels[slot()], ref value));

        public override void Dispose()
        {
            if (tally.HasNewFailures)
                stage.Count(tally.Failed, tally.Total, "could not be read; their images are missing (NaN)");
            if (tally.HasNewLenient)
                stage.Count(
                    tally.Lenient,
                    tally.Total,
                    "do not keep to the DICOM standard and were read leniently (DicomOptions.Strict refuses them)"
                );
            (tally.HasNewFailures, tally.HasNewLenient) = (false, false);
            _stop.Dispose();
            base.Dispose();
        }
    }
}
