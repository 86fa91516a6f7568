using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>
/// Annotates radiographs with a saved cascade by ONNX Runtime, without libtorch. It may be used by several threads at once, and disposed by any of
/// them; memory is bounded by the batch size,
/// however many files are annotated.
/// </summary>
/// <example>
/// <code>
/// using var annotator = RadiographAnnotator.Load("cascade.onnx");
/// Console.WriteLine(annotator.Annotate("patient.png"));
/// </code>
/// </example>
public sealed class RadiographAnnotator : IDisposable
{
    private static readonly string[] _outputs =
    [
        "Score",
        "Label",
        "Annotation",
        "AnnotationTokens",
        "AnnotationProbability",
        "WordProbability",
        "BeamWords",
        "BeamLogProbability",
    ];
    private static readonly string[] _findingOutputs =
    [
        "Score",
        "PredictedLabels",
        "Annotation",
        "AnnotationTokens",
        "AnnotationProbability",
        "WordProbability",
        "FindingProbability",
    ];

    /// <summary>What alternatives are made of; the first models of several findings had none.</summary>
    private static readonly string[] _findingBeams = ["BeamFindings", "BeamWords", "BeamLogProbability"];

    private readonly InferenceSession _session;
    private readonly Lifetime _lifetime;
    private readonly CascadeGraphInfo _info;
    private readonly RadiographAnnotatorOptions _options;
    private readonly RadiographFormat _format;
    private readonly string _input;
    private readonly string[] _names;
    private readonly string[] _graphNames;

    private RadiographAnnotator(InferenceSession session, CascadeGraphInfo info, string[] names, RadiographAnnotatorOptions options)
    {
        (_session, _info, _names, _options) = (session, info, names, options);
        _graphNames = [.. names.Select(info.GraphName)];
        _lifetime = new Lifetime(typeof(RadiographAnnotator), session.Dispose);
        _input = session.InputMetadata.Keys.Single();
        _format = info.Loading.ToOptions().Format;
    }

    /// <summary>The labels that the model tells apart.</summary>
    public IReadOnlyList<string> Labels => _info.Labels;

    /// <summary>How many hypotheses the search carries along; 1 where it takes the best word at every step.</summary>
    internal int BeamWidth => _session.OutputMetadata.TryGetValue("BeamLogProbability", out NodeMetadata? beam) ? beam.Dimensions[^1] : 1;

    /// <summary>
    /// Opens a model: an ONNX file that <c>RecurrentCascadeTransformer.SaveOnnx</c> or <c>cxr export</c> wrote, or a model with a cascade that
    /// ML.NET's <c>Model.Save</c> wrote.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is computed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of a newer version, or no model of a cascade.</exception>
    public static RadiographAnnotator Load(string path, RadiographAnnotatorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(path, AnnotatorFile.Models(path), options ?? new());
    }

    /// <summary>Opens the first cascade among models.</summary>
    /// <param name="path">What they are called in errors.</param>
    /// <param name="models">The ONNX models.</param>
    /// <param name="options">How it is computed.</param>
    internal static RadiographAnnotator Load(string path, IEnumerable<byte[]> models, RadiographAnnotatorOptions options)
    {
        options.Check();
        foreach (byte[] model in models)
        {
            if (TryOpen(path, model, options) is { } annotator)
                return annotator;
        }

        throw new InvalidDataException(
            ErrorCode.NotAModel.Message(
                $"'{path}' holds no cascade of CxrAnnotate, or not a whole one. Write one by RecurrentCascadeTransformer.SaveOnnx, or by "
                    + $"MLContext.Model.Save of a trained cascade that reads grey images or files."
            )
        );
    }

    /// <summary>Annotates a file.</summary>
    /// <param name="path">An image of any kind that LoadRadiographs reads.</param>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and says why.</exception>
    public RadiographReading Annotate(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return One(Input.Of(path));
    }

    /// <summary>Annotates the content of an image file.</summary>
    /// <param name="content">The file's bytes, from the stream's position to its end. The stream stays open.</param>
    /// <exception cref="InvalidDataException">The content cannot be read.</exception>
    public RadiographReading Annotate(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return One(new Input("the stream", content, IsContent: true));
    }

    /// <summary>Annotates pixels.</summary>
    /// <param name="pixels">Grey values in [0, 1], row-major, lungs dark.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The number of pixels is not height * width, or a value lies outside [0, 1].</exception>
    public RadiographReading Annotate(ReadOnlySpan<float> pixels, int height, int width)
    {
        if (height < 1 || width < 1 || pixels.Length != (long)height * width)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{pixels.Length} pixels do not make an image of {height} x {width}."),
                nameof(pixels)
            );
        foreach (float value in pixels)
        {
            if (!(value is >= 0 and <= 1))
                throw new ArgumentException(
                    ErrorCode.GreyValueOutOfRange.Message(
                        $"A pixel has the value {value}; grey values must lie in [0, 1]. Divide 8-bit values by 255."
                    ),
                    nameof(pixels)
                );
        }

        using Lifetime.Use use = _lifetime.Enter();
        float[] image = new float[_format.PixelCount];
        Resampler.Resample(new GreyPixels(pixels.ToArray(), width), ImageGeometry.Of(width, height, _format), image, _format.Width);
        return Compute(image, [""])[0];
    }

    /// <summary>
    /// Annotates many files, in their order. A file that cannot be read, whatever the reason, gives an item with an error; the others are annotated.
    /// Where memory does not hold a batch, it is read in parts.
    /// </summary>
    /// <param name="paths">The files; they are asked for as they are needed.</param>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<string> paths) => Annotate(paths, CancellationToken.None);

    /// <summary>
    /// Annotates many files, in their order. A file that cannot be read, whatever the reason, gives an item with an error; the others are annotated.
    /// Where memory does not hold a batch, it is read in parts.
    /// </summary>
    /// <param name="paths">The files; they are asked for as they are needed.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        _lifetime.Check();
        return Many(paths.Select(Input.Of), cancellation);
    }

    /// <summary>
    /// Annotates the contents of many files, in their order. One that cannot be read, whatever its stream throws, gives an item with an error; the
    /// others are annotated. Where memory does not hold a batch, it is
    /// read in parts.
    /// </summary>
    /// <param name="contents">The contents; they are asked for as they are needed. Each stream is read from its position to its end, and stays
    /// open.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<RadiographContent> contents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(contents);
        _lifetime.Check();
        return Many(contents.Select(Input.Of), cancellation);
    }

    /// <summary>
    /// Annotates files as they come, in their order; what has come is not kept waiting for a batch to be full. A file that cannot be read gives an
    /// item with an error.
    /// </summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <remarks>
    /// A consumer that stops early (by <c>break</c>, by an exception, by cancelling) ends the source: its token is cancelled, it is waited for and
    /// disposed, and the consumer's own exception comes out. A source
    /// that does not listen to its token is left after five seconds, and disposed when it comes to its end by itself; what it throws then is told to
    /// nobody. An error of the source comes out behind the items
    /// that came before it.
    /// </remarks>
    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        _lifetime.Check();
        return ManyAsync(paths.Select(Input.Of), cancellation);
    }

    /// <summary>
    /// Annotates the contents of files as they come, in their order; what has come is not kept waiting for a batch to be full. One that cannot be
    /// read gives an item with an error.
    /// </summary>
    /// <param name="contents">The contents. Each stream is read from its position to its end, and stays open.</param>
    /// <param name="cancellation">Stops between contents.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <remarks>
    /// A consumer that stops early (by <c>break</c>, by an exception, by cancelling) ends the source: its token is cancelled, it is waited for and
    /// disposed, and the consumer's own exception comes out. A source
    /// that does not listen to its token is left after five seconds, and disposed when it comes to its end by itself; what it throws then is told to
    /// nobody. An error of the source comes out behind the items
    /// that came before it.
    /// </remarks>
    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<RadiographContent> contents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(contents);
        _lifetime.Check();
        return ManyAsync(contents.Select(Input.Of), cancellation);
    }

    /// <summary>
    /// Frees the model. It does not wait: calls that run go on to their end, and the memory is freed when the last of them has. Later calls, and
    /// enumerations that ask for a further item, get
    /// <see cref="ObjectDisposedException"/>. Disposing twice does nothing.
    /// </summary>
    public void Dispose() => _lifetime.End();

    private static RadiographAnnotator? TryOpen(string path, byte[] model, RadiographAnnotatorOptions options)
    {
        if (!OnnxChecksum.IsThere(model))
            return null;
        // Before the runtime sees it: what is damaged could be read as other weights, or as a graph without end.
        if (!OnnxChecksum.Fits(model))
            throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message($"'{path}' is damaged: its checksum does not fit. Export the model again.")
            );
        InferenceSession session;
        try
        {
            using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            OnnxThreads.Set(settings, options.Threads);
            session = new InferenceSession(model, settings);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged, or no ONNX model: {e.Message}"), e);
        }

        try
        {
            if (!session.ModelMetadata.CustomMetadataMap.TryGetValue(CascadeGraphInfo.MetadataKey, out string? text))
            {
                session.Dispose();
                return null;
            }

            CascadeGraphInfo info = CascadeGraphInfo.Read(text, path);
            if (info is { Version: > CascadeGraphInfo.CurrentVersion })
                throw new InvalidDataException(
                    ErrorCode.ModelTooNew.Message(
                        $"'{path}' was written by a newer version of CxrAnnotate (format {info.Version}, this one reads up to "
                            + $"{CascadeGraphInfo.CurrentVersion}). Update the package."
                    )
                );
            string[] names = info.LabelScheme == LabelScheme.Exclusive ? _outputs : _findingOutputs;
            bool sound =
                info
                    is
                {
                    Labels.Count: > 0,
                    Words.Count: > 0,
                    ReportedWords: not null,
                    DisplayForms: not null,
                    Loading: { Height: > 0, Width: > 0, Limits.IsSound: true, Dicom: null or { IsSound: true } },
                    Trained: null or { IsSound: true }
                }
                && session.InputMetadata is { Count: 1 } inputs
                && inputs.Values.Single().Dimensions is [_, 1, var height, var width]
                && height == info.Loading.Height
                && width == info.Loading.Width
                && names.Select(info.GraphName).All(session.OutputMetadata.ContainsKey)
                && session.OutputMetadata[info.GraphName("Score")].Dimensions is [_, var labels]
                && labels == info.Labels.Count
                && session.OutputMetadata[info.GraphName("WordProbability")].Dimensions is [_, var words]
                && words == info.ReportedWords.Count;
            if (sound && info.LabelScheme == LabelScheme.Independent && _findingBeams.All(session.OutputMetadata.ContainsKey))
                names = [.. names, .. _findingBeams];
            return sound
                ? new RadiographAnnotator(session, info, names, options)
                : throw new InvalidDataException(
                    ErrorCode.ModelDamaged.Message(
                        $"'{path}' is damaged, or reads other images than grey ones: what it says of itself does not fit its graph."
                    )
                );
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private RadiographReading One(Input input)
    {
        VipsRuntime.EnsureLoaded();
        using Lifetime.Use use = _lifetime.Enter();
        float[] pixels = new float[_format.PixelCount];
        string view;
        try
        {
            view = input.Read(_format, pixels, _info.Trained);
        }
        catch (Exception e) when (e is not (InvalidDataException or OperationCanceledException))
        {
            throw RadiographReader.Failure(input.Name, e);
        }

        return Compute(pixels, [view])[0];
    }

    private IEnumerable<AnnotatedRadiograph> Many(IEnumerable<Input> inputs, CancellationToken cancellation)
    {
        using IEnumerator<Input> source = inputs.GetEnumerator();
        var waiting = new List<Input>();
        ExceptionDispatchInfo? fault = null;
        for (bool more = true; more;)
        {
            _lifetime.Check();
            waiting.Clear();
            while (more && waiting.Count < _options.BatchSize)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    more = source.MoveNext();
                    if (more)
                        waiting.Add(source.Current);
                }
                catch (Exception e)
                {
                    // What came before it is read first.
                    (more, fault) = (false, ExceptionDispatchInfo.Capture(e));
                }
            }

            cancellation.ThrowIfCancellationRequested();
            foreach (AnnotatedRadiograph item in Batch([.. waiting], cancellation))
            {
                _lifetime.Check();
                yield return item;
            }
        }

        fault?.Throw();
    }

    private async IAsyncEnumerable<AnnotatedRadiograph> ManyAsync(
        IAsyncEnumerable<Input> inputs,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var source = new AsyncSource<Input>(inputs, _options.SourcePatience, cancellation);
        await using (source.ConfigureAwait(false))
        {
            var waiting = new List<Input>();
            ExceptionDispatchInfo? fault = null;
            for (bool more = true; more;)
            {
                _lifetime.Check();
                cancellation.ThrowIfCancellationRequested();
                Task<bool> next = source.Next();
                if (waiting.Count > 0 && (!next.IsCompleted || waiting.Count == _options.BatchSize))
                {
                    // While the next one is on its way, the ones that are here are computed.
                    foreach (AnnotatedRadiograph item in await BatchAsync(waiting, cancellation).ConfigureAwait(false))
                    {
                        _lifetime.Check();
                        yield return item;
                    }
                }

                try
                {
                    more = await next.WaitAsync(cancellation).ConfigureAwait(false);
                    if (more)
                        waiting.Add(source.Current);
                }
                catch (Exception e)
                {
                    // What came before it is read first.
                    (more, fault) = (false, ExceptionDispatchInfo.Capture(e));
                }
            }

            cancellation.ThrowIfCancellationRequested();
            foreach (AnnotatedRadiograph item in await BatchAsync(waiting, cancellation).ConfigureAwait(false))
            {
                _lifetime.Check();
                yield return item;
            }

            fault?.Throw();
        }
    }

    /// <summary>Computes what waits, on another thread than the consumer's, and makes room for more.</summary>
    private async Task<AnnotatedRadiograph[]> BatchAsync(List<Input> waiting, CancellationToken cancellation)
    {
        Input[] batch = [.. waiting];
        waiting.Clear();
        return batch.Length == 0 ? [] : await Task.Run(() => Batch(batch, cancellation), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Reads and computes images together; where there is no memory for all, half of them at a time.</summary>
    private AnnotatedRadiograph[] Batch(ReadOnlySpan<Input> inputs, CancellationToken cancellation)
    {
        if (inputs.IsEmpty)
            return [];
        // Here, where it ends the call: an image is not to blame for it.
        VipsRuntime.EnsureLoaded();
        cancellation.ThrowIfCancellationRequested();
        float[] pixels;
        try
        {
            pixels = new float[(long)inputs.Length * _format.PixelCount];
        }
        catch (Exception e) when (inputs.Length > 1 && e is OutOfMemoryException or OverflowException)
        {
            return Halves(inputs, cancellation);
        }
        catch (OutOfMemoryException e)
        {
            return [new AnnotatedRadiograph(inputs[0].Name, null, RadiographReader.Failure(inputs[0].Name, e).Message)];
        }

        using Lifetime.Use use = _lifetime.Enter();
        return Batch(inputs.ToArray(), pixels, cancellation);
    }

    private AnnotatedRadiograph[] Halves(ReadOnlySpan<Input> inputs, CancellationToken cancellation)
    {
        int half = inputs.Length / 2;
        AnnotatedRadiograph[] first = Batch(inputs[..half], cancellation);
        return [.. first, .. Batch(inputs[half..], cancellation)];
    }

    private AnnotatedRadiograph[] Batch(Input[] inputs, float[] pixels, CancellationToken cancellation)
    {
        int length = _format.PixelCount;
        var errors = new string?[inputs.Length];
        string[] views = [.. inputs.Select(_ => "")];
        Parallel.For(
            0,
            inputs.Length,
            (i, state) =>
            {
                try
                {
                    views[i] = inputs[i].Read(_format, pixels.AsSpan(i * length, length), _info.Trained);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    state.Stop();
                }
                catch (Exception e)
                {
                    // Whatever is wrong with one image is its own error: the others are read.
                    errors[i] = (e as InvalidDataException ?? RadiographReader.Failure(inputs[i].Name, e)).Message;
                    pixels.AsSpan(i * length, length).Clear();
                }
            }
        );
        cancellation.ThrowIfCancellationRequested();
        RadiographReading[] readings = Array.TrueForAll(errors, e => e is not null) ? [] : Compute(pixels, views);
        return
        [
            .. inputs.Select(
                (input, i) =>
                    errors[i] is { } error ? new AnnotatedRadiograph(input.Name, null, error) : new AnnotatedRadiograph(input.Name, readings[i], null)
            ),
        ];
    }

    /// <param name="pixels">The images, one after the other.</param>
    /// <param name="views">Each image's view as its file names it; empty where it does not, or was not asked.</param>
    private RadiographReading[] Compute(float[] pixels, string[] views)
    {
        RadiographReading[] readings = Score(pixels, views.Length);
        if (_info.Trained is not { } trained)
            return readings;
        return
        [
            .. readings.Select(
                (reading, i) =>
                    reading with
                    {
                        Warnings = trained.Compare(
                            GreyStatistics.Of(pixels.AsSpan(i * _format.PixelCount, _format.PixelCount), _format.Width),
                            views[i]
                        ),
                    }
            ),
        ];
    }

    /// <summary>The readings of images; where the runtime has no memory for all, of half of them at a time.</summary>
    private RadiographReading[] Score(Memory<float> pixels, int count)
    {
        try
        {
            return ScoreTogether(pixels, count);
        }
        catch (Exception e) when (count > 1 && e is OutOfMemoryException or OnnxRuntimeException)
        {
            // The runtime does not tell a lack of memory from other failures. Those come again with one image, and end the call.
            int half = count / 2,
                at = half * _format.PixelCount;
            return [.. Score(pixels[..at], half), .. Score(pixels[at..], count - half)];
        }
    }

    private RadiographReading[] ScoreTogether(Memory<float> pixels, int count)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pixels, [count, 1, _format.Height, _format.Width]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> values = _session.Run(run, [_input], [input], _graphNames);
        var results = new GraphResults(_names, values);
        return _info.LabelScheme == LabelScheme.Independent ? Findings(results, count, _info.NormalWord!) : OneLabel(results, count);
    }

    /// <summary>The readings of a model whose labels exclude each other.</summary>
    private RadiographReading[] OneLabel(GraphResults results, int count)
    {
        ReadOnlySpan<float> scores = results.Floats("Score"),
            probabilities = results.Floats("AnnotationProbability"),
            words = results.Floats("WordProbability");
        string[] labels = results.Texts("Label"),
            annotations = results.Texts("Annotation"),
            tokens = results.Texts("AnnotationTokens");
        ReadOnlySpan<long> beams = results.Integers("BeamWords");
        ReadOnlySpan<double> logs = results.Doubles("BeamLogProbability");
        int width = logs.Length / count,
            length = beams.Length / Math.Max(logs.Length, 1);
        var readings = new RadiographReading[count];
        for (int i = 0; i < count; i++)
        {
            Dictionary<string, double> byLabel = Named(_info.Labels, scores.Slice(i * _info.Labels.Count, _info.Labels.Count));
            Dictionary<string, double> byWord = Named(_info.ReportedWords, words.Slice(i * _info.ReportedWords.Count, _info.ReportedWords.Count));
            double label = byLabel.GetValueOrDefault(labels[i]);
            readings[i] = new RadiographReading
            {
                Label = labels[i],
                DetectedFindings = [labels[i]],
                LabelProbability = label,
                Annotation = annotations[i],
                Probability = probabilities[i],
                Findings = ReadFinding.Parse(
                    tokens[i].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                    word => byWord.GetValueOrDefault(word, label)
                ),
                Alternatives = Others(
                    labels[i],
                    annotations[i],
                    label,
                    beams.Slice(i * width * length, width * length),
                    logs.Slice(i * width, width),
                    length
                ),
                LabelProbabilities = byLabel,
                WordProbabilities = byWord,
            };
        }

        return readings;
    }

    /// <summary>The readings of a model of several findings.</summary>
    private RadiographReading[] Findings(GraphResults results, int count, string normal)
    {
        int labels = _info.Labels.Count;
        ReadOnlySpan<float> scores = results.Floats("Score"),
            detected = results.Floats("PredictedLabels"),
            probabilities = results.Floats("AnnotationProbability"),
            words = results.Floats("WordProbability");
        string[] annotations = results.Texts("Annotation"),
            tokens = results.Texts("AnnotationTokens");
        ReadOnlySpan<long> searched = results.Integers("BeamFindings"),
            beams = results.Integers("BeamWords");
        ReadOnlySpan<double> logs = results.Doubles("BeamLogProbability");
        int ofFindings = searched.Length / count,
            ofLogs = logs.Length / count,
            ofWords = beams.Length / count;
        var readings = new RadiographReading[count];
        for (int i = 0; i < count; i++)
        {
            Dictionary<string, double> byLabel = Named(_info.Labels, scores.Slice(i * labels, labels));
            float[] found = detected.Slice(i * labels, labels).ToArray();
            string[] findings = [.. _info.Labels.Where((_, k) => found[k] == 1).OrderByDescending(label => byLabel[label])];
            readings[i] = new RadiographReading
            {
                Label = findings.Length > 0 ? findings[0] : normal,
                LabelProbability = findings.Length > 0 ? byLabel[findings[0]] : byLabel.Values.Aggregate(1.0, (product, p) => product * (1 - p)),
                DetectedFindings = findings,
                Annotation = annotations[i],
                Probability = probabilities[i],
                Findings =
                    findings.Length == 0
                        ? []
                        : ReadFinding.Parse(
                            tokens[i].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                            heading => byLabel.GetValueOrDefault(heading)
                        ),
                Alternatives = OtherTerms(
                    annotations[i],
                    probabilities[i],
                    found,
                    searched.Slice(i * ofFindings, ofFindings),
                    beams.Slice(i * ofWords, ofWords),
                    logs.Slice(i * ofLogs, ofLogs)
                ),
                LabelProbabilities = byLabel,
                WordProbabilities = Named(_info.ReportedWords, words.Slice(i * _info.ReportedWords.Count, _info.ReportedWords.Count)),
            };
        }

        return readings;
    }

    private List<AnnotationCandidate> Others(
        string label,
        string best,
        double labelProbability,
        ReadOnlySpan<long> beams,
        ReadOnlySpan<double> logs,
        int length
    )
    {
        var others = new List<AnnotationCandidate>();
        for (int rank = 1; rank < logs.Length && others.Count < _options.Alternatives; rank++)
        {
            if (!double.IsFinite(logs[rank]))
                continue;
            // Two sequences may be printed alike: a word said twice is written once.
            string text = CaptionText.Print(Tokens(label, beams.Slice(rank * length, length)), _info.DisplayForms);
            if (text != best && others.All(o => o.Annotation != text))
                others.Add(new AnnotationCandidate(text, labelProbability * Math.Exp(logs[rank])));
        }

        return others;
    }

    /// <summary>The annotations of the same findings in which one or several are written in other words.</summary>
    private List<AnnotationCandidate> OtherTerms(
        string best,
        double probability,
        float[] detected,
        ReadOnlySpan<long> searched,
        ReadOnlySpan<long> beams,
        ReadOnlySpan<double> logs
    )
    {
        if (searched.IsEmpty)
            return [];
        int width = logs.Length / searched.Length,
            length = beams.Length / logs.Length;
        var findings = new List<IReadOnlyList<TermCandidate>>();
        for (int s = 0; s < searched.Length && detected[searched[s]] == 1; s++)
        {
            var terms = new List<TermCandidate>();
            for (int rank = 0; rank < width; rank++)
            {
                int at = (s * width) + rank;
                if (double.IsFinite(logs[at]))
                    terms.Add(new TermCandidate(Tokens(_info.Labels[(int)searched[s]], beams.Slice(at * length, length)), logs[at]));
            }

            if (terms.Count == 0)
                return [];
            findings.Add(terms);
        }

        double bestLog = findings.Sum(terms => terms[0].LogProbability);
        var others = new List<AnnotationCandidate>();
        foreach ((IReadOnlyList<string> tokens, double log) in TermCandidate.Together(findings))
        {
            if (others.Count == _options.Alternatives)
                break;
            string text = CaptionText.Print(tokens, _info.DisplayForms);
            if (text != best && others.All(o => o.Annotation != text))
                others.Add(new AnnotationCandidate(text, probability * Math.Exp(log - bestLog)));
        }

        return others;
    }

    private List<string> Tokens(string label, ReadOnlySpan<long> words)
    {
        var tokens = new List<string>();
        if (BaseLabels.IsHeading(label))
            tokens.Add(label);
        foreach (long word in words)
        {
            if (word > ReservedWords.UnknownId && word < _info.Words.Count)
                tokens.Add(_info.Words[(int)word]);
        }

        return tokens;
    }

    private static Dictionary<string, double> Named(IReadOnlyList<string> names, ReadOnlySpan<float> values)
    {
        var named = new Dictionary<string, double>(names.Count, StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
            named[names[i]] = values[i];
        return named;
    }

    /// <summary>A file, or a content and the name that it goes by.</summary>
    /// <param name="Name">The path or the name; empty if there is none.</param>
    /// <param name="Content">The content.</param>
    /// <param name="IsContent">Whether it is one: a name that comes without its content is not the name of a file.</param>
    private readonly record struct Input(string Name, Stream? Content, bool IsContent)
    {
        internal static Input Of(string? path) => new(path ?? "", null, IsContent: false);

        internal static Input Of(RadiographContent? content) => new(content?.Name ?? "", content?.Content, IsContent: true);

        /// <summary>Reads the pixels; returns the view that the file says it is, where that makes a difference.</summary>
        /// <exception cref="InvalidDataException">It cannot be read; the message names it.</exception>
        internal string Read(RadiographFormat format, Span<float> pixels, TrainedImages? trained)
        {
            RadiographFile file = IsContent ? new RadiographFile(Name, Whole(format.MaximumBytes)) : new RadiographFile(Name);
            RadiographReader.Read(file, format, pixels);
            return trained?.ViewOf(file) ?? "";
        }

        /// <summary>The content, in memory alone: what is written to a disk can be found there afterwards.</summary>
        private byte[] Whole(long most)
        {
            if (Content is null)
                throw RadiographReader.Failure(Name, "no content is given");
            // Blocks, put together once: a stream that grows would hold the content three times.
            var blocks = new List<byte[]>();
            long length = 0;
            byte[] buffer = new byte[1 << 16];
            while (true)
            {
                int read;
                try
                {
                    read = Content.Read(buffer);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    throw RadiographReader.Failure(Name, $"its content broke off ({e.Message.TrimEnd('.')})", e);
                }

                if (read == 0)
                    return blocks.Count == 1 ? blocks[0] : Together(blocks, length);
                if (length + read > most)
                    throw RadiographReader.Failure(
                        Name,
                        ErrorCode.ImageFileTooLarge.Message(
                            $"it has more than the {most} bytes that {nameof(LoadRadiographsOptions.MaximumBytes)} allows"
                        )
                    );
                blocks.Add(buffer.AsSpan(0, read).ToArray());
                length += read;
            }
        }

        private static byte[] Together(List<byte[]> blocks, long length)
        {
            byte[] whole = new byte[length];
            int at = 0;
            foreach (byte[] block in blocks)
            {
                block.CopyTo(whole, at);
                at += block.Length;
            }

            return whole;
        }
    }
}
