using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>
/// Annotates radiographs with a saved cascade by ONNX Runtime, without libtorch. It may be used by several threads at once; memory is bounded by the batch size, however many files
/// are annotated.
/// </summary>
/// <example>
/// <code>
/// using var annotator = RadiographAnnotator.Load("cascade.onnx");
/// Console.WriteLine(annotator.Annotate("patient.png"));
/// </code>
/// </example>
public sealed class RadiographAnnotator : IDisposable
{
    private static readonly string[] _outputs = ["Score", "Label", "Annotation", "AnnotationTokens", "AnnotationProbability", "WordProbability", "BeamWords", "BeamLogProbability"];
    private static readonly string[] _findingOutputs = ["Score", "PredictedLabels", "Annotation", "AnnotationTokens", "AnnotationProbability", "WordProbability", "FindingProbability"];

    /// <summary>What alternatives are made of; the first models of several findings had none.</summary>
    private static readonly string[] _findingBeams = ["BeamFindings", "BeamWords", "BeamLogProbability"];

    private readonly InferenceSession _session;
    private readonly CascadeGraphInfo _info;
    private readonly RadiographAnnotatorOptions _options;
    private readonly RadiographFormat _format;
    private readonly string _input;
    private readonly string[] _names;

    private RadiographAnnotator(InferenceSession session, CascadeGraphInfo info, string[] names, RadiographAnnotatorOptions options)
    {
        (_session, _info, _names, _options) = (session, info, names, options);
        _input = session.InputMetadata.Keys.Single();
        _format = info.Loading.ToOptions().Format;
    }

    /// <summary>The labels that the model tells apart.</summary>
    public IReadOnlyList<string> Labels => _info.Labels;

    /// <summary>Opens a model: an ONNX file that <see cref="RecurrentCascadeTransformer.SaveOnnx"/> or <c>cxr export</c> wrote, or a model with a cascade that ML.NET's <c>Model.Save</c> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is computed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of a newer version, or no model of a cascade.</exception>
    public static RadiographAnnotator Load(string path, RadiographAnnotatorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        options.Check();
        foreach (byte[] model in AnnotatorFile.Models(path))
        {
            if (TryOpen(path, model, options) is { } annotator)
                return annotator;
        }

        throw new InvalidDataException($"'{path}' holds no cascade of CxrAnnotate, or not a whole one. Write one by 'cxr export', RecurrentCascadeTransformer.SaveOnnx or MLContext.Model.Save of a trained cascade that reads grey images or files.");
    }

    /// <summary>Annotates a file.</summary>
    /// <param name="path">An image of any kind that LoadRadiographs reads.</param>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and says why.</exception>
    public RadiographReading Annotate(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return One(new Input(path, null));
    }

    /// <summary>Annotates the content of an image file.</summary>
    /// <param name="content">The file's bytes, from the stream's position to its end. The stream stays open.</param>
    /// <exception cref="InvalidDataException">The content cannot be read.</exception>
    public RadiographReading Annotate(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return One(new Input("the stream", content));
    }

    /// <summary>Annotates pixels.</summary>
    /// <param name="pixels">Grey values in [0, 1], row-major, lungs dark.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The number of pixels is not height * width, or a value lies outside [0, 1].</exception>
    public RadiographReading Annotate(ReadOnlySpan<float> pixels, int height, int width)
    {
        if (height < 1 || width < 1 || pixels.Length != (long)height * width)
            throw new ArgumentException($"{pixels.Length} pixels do not make an image of {height} x {width}.", nameof(pixels));
        foreach (float value in pixels)
        {
            if (!(value is >= 0 and <= 1))
                throw new ArgumentException($"A pixel has the value {value}; grey values must lie in [0, 1]. Divide 8-bit values by 255.", nameof(pixels));
        }

        float[] image = new float[_format.PixelCount];
        Resampler.Resample(new GreyPixels(pixels.ToArray(), width), ImageGeometry.Of(width, height, _format), image, _format.Width);
        return Compute(image, [""])[0];
    }

    /// <summary>Annotates many files, in their order. A file that cannot be read gives an item with an error; the others are annotated.</summary>
    /// <param name="paths">The files; they are asked for as they are needed.</param>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<string> paths) => Annotate(paths, CancellationToken.None);

    /// <summary>Annotates many files, in their order. A file that cannot be read gives an item with an error; the others are annotated.</summary>
    /// <param name="paths">The files; they are asked for as they are needed.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Many(paths.Select(path => new Input(path, null)), cancellation);
    }

    /// <summary>Annotates the contents of many files, in their order. One that cannot be read gives an item with an error; the others are annotated.</summary>
    /// <param name="contents">The contents; they are asked for as they are needed. Each stream is read from its position to its end, and stays open.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<RadiographContent> contents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(contents);
        return Many(contents.Select(Input.Of), cancellation);
    }

    /// <summary>Annotates files as they come, in their order; what has come is not kept waiting for a batch to be full.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return ManyAsync(paths.Select(path => new Input(path, null)), cancellation);
    }

    /// <summary>Annotates the contents of files as they come, in their order; what has come is not kept waiting for a batch to be full.</summary>
    /// <param name="contents">The contents. Each stream is read from its position to its end, and stays open.</param>
    /// <param name="cancellation">Stops between contents.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<RadiographContent> contents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(contents);
        return ManyAsync(contents.Select(Input.Of), cancellation);
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => _session.Dispose();

    private static RadiographAnnotator? TryOpen(string path, byte[] model, RadiographAnnotatorOptions options)
    {
        if (!OnnxChecksum.IsThere(model))
            return null;
        // Before the runtime sees it: what is damaged could be read as other weights, or as a graph without end.
        if (!OnnxChecksum.Fits(model))
            throw new InvalidDataException($"'{path}' is damaged: its checksum does not fit. Export the model again.");
        InferenceSession session;
        try
        {
            using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            if (options.Threads > 0)
                settings.IntraOpNumThreads = options.Threads;
            session = new InferenceSession(model, settings);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"'{path}' is damaged, or no ONNX model: {e.Message}", e);
        }

        try
        {
            if (!session.ModelMetadata.CustomMetadataMap.TryGetValue(CascadeGraph.MetadataKey, out string? text))
            {
                session.Dispose();
                return null;
            }

            CascadeGraphInfo? info = JsonSerializer.Deserialize(text, CascadeGraphJson.Default.CascadeGraphInfo);
            if (info is { Version: > CascadeGraph.Version })
                throw new InvalidDataException($"'{path}' was written by a newer version of CxrAnnotate (format {info.Version}, this one reads up to {CascadeGraph.Version}). Update the package.");
            string[] names = [.. (info?.NormalWord is null ? _outputs : _findingOutputs).Select(name => info?.Outputs?.GetValueOrDefault(name) ?? name)];
            bool known = info?.NormalWord is null || info.Version > 1;
            bool sound = known && info is { Labels.Count: > 0, Words.Count: > 0, ReportedWords: not null, DisplayForms: not null, Loading: { Height: > 0, Width: > 0, MaximumPixels: > 0, Dicom: null or { IsSound: true } }, Trained: null or { IsSound: true } }
                && session.InputMetadata is { Count: 1 } inputs && inputs.Values.Single().Dimensions is [_, 1, var height, var width] && height == info.Loading.Height && width == info.Loading.Width
                && names.All(session.OutputMetadata.ContainsKey) && session.OutputMetadata[names[0]].Dimensions is [_, var labels] && labels == info.Labels.Count
                && session.OutputMetadata[names[5]].Dimensions is [_, var words] && words == info.ReportedWords.Count;
            if (sound && info!.NormalWord is not null && _findingBeams.All(session.OutputMetadata.ContainsKey))
                names = [.. names, .. _findingBeams];
            return sound ? new RadiographAnnotator(session, info!, names, options) : throw new InvalidDataException($"'{path}' is damaged, or reads other images than grey ones: what it says of itself does not fit its graph.");
        }
        catch (JsonException e)
        {
            session.Dispose();
            throw new InvalidDataException($"'{path}' is damaged: what it says of itself cannot be read ({e.Message}).", e);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private RadiographReading One(Input input)
    {
        float[] pixels = new float[_format.PixelCount];
        return Compute(pixels, [input.Read(_format, pixels, _info.Trained)])[0];
    }

    private IEnumerable<AnnotatedRadiograph> Many(IEnumerable<Input> inputs, CancellationToken cancellation)
    {
        foreach (Input[] batch in inputs.Chunk(_options.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (AnnotatedRadiograph item in Batch(batch))
                yield return item;
        }
    }

    private async IAsyncEnumerable<AnnotatedRadiograph> ManyAsync(IAsyncEnumerable<Input> inputs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var waiting = new List<Input>();
        IAsyncEnumerator<Input> source = inputs.GetAsyncEnumerator(cancellation);
        await using (source.ConfigureAwait(false))
        {
            for (bool more = true; more;)
            {
                cancellation.ThrowIfCancellationRequested();
                ValueTask<bool> next = source.MoveNextAsync();
                bool ready = next.IsCompleted;
                if (waiting.Count > 0 && (!ready || waiting.Count == _options.BatchSize))
                {
                    // While the next one is on its way, the ones that are here are computed.
                    Input[] batch = [.. waiting];
                    waiting.Clear();
                    foreach (AnnotatedRadiograph item in await Task.Run(() => Batch(batch), cancellation).ConfigureAwait(false))
                        yield return item;
                }

                more = await next.ConfigureAwait(false);
                if (more)
                    waiting.Add(source.Current);
            }
        }

        if (waiting.Count > 0)
        {
            foreach (AnnotatedRadiograph item in await Task.Run(() => Batch([.. waiting]), cancellation).ConfigureAwait(false))
                yield return item;
        }
    }

    private AnnotatedRadiograph[] Batch(Input[] inputs)
    {
        int length = _format.PixelCount;
        float[] pixels = new float[inputs.Length * length];
        var errors = new string?[inputs.Length];
        string[] views = [.. inputs.Select(_ => "")];
        Parallel.For(0, inputs.Length, i =>
        {
            try
            {
                views[i] = inputs[i].Read(_format, pixels.AsSpan(i * length, length), _info.Trained);
            }
            catch (InvalidDataException e)
            {
                errors[i] = e.Message;
                pixels.AsSpan(i * length, length).Clear();
            }
        });
        RadiographReading[] readings = Array.TrueForAll(errors, e => e is not null) ? [] : Compute(pixels, views);
        return [.. inputs.Select((input, i) => errors[i] is { } error ? new AnnotatedRadiograph(input.Name, null, error) : new AnnotatedRadiograph(input.Name, readings[i], null))];
    }

    /// <param name="pixels">The images, one after the other.</param>
    /// <param name="views">Each image's view as its file names it; empty where it does not, or was not asked.</param>
    private RadiographReading[] Compute(float[] pixels, string[] views)
    {
        RadiographReading[] readings = Score(pixels, views.Length);
        if (_info.Trained is not { } trained)
            return readings;
        return [.. readings.Select((reading, i) => reading with { Warnings = trained.Compare(GreyStatistics.Of(pixels.AsSpan(i * _format.PixelCount, _format.PixelCount), _format.Width), views[i]) })];
    }

    private RadiographReading[] Score(float[] pixels, int count)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [count, 1, _format.Height, _format.Width]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(run, [_input], [input], _names);
        if (_info.NormalWord is { } normal)
            return Findings(results, count, normal);
        ReadOnlySpan<float> scores = results[0].GetTensorDataAsSpan<float>(), probabilities = results[4].GetTensorDataAsSpan<float>(), words = results[5].GetTensorDataAsSpan<float>();
        string[] labels = results[1].GetStringTensorAsArray(), annotations = results[2].GetStringTensorAsArray(), tokens = results[3].GetStringTensorAsArray();
        ReadOnlySpan<long> beams = results[6].GetTensorDataAsSpan<long>();
        ReadOnlySpan<double> logs = results[7].GetTensorDataAsSpan<double>();
        int width = logs.Length / count, length = beams.Length / Math.Max(logs.Length, 1);
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
                Findings = ReadFinding.Parse(tokens[i].Split(' ', StringSplitOptions.RemoveEmptyEntries), word => byWord.GetValueOrDefault(word, label)),
                Alternatives = Others(labels[i], annotations[i], label, beams.Slice(i * width * length, width * length), logs.Slice(i * width, width), length),
                LabelProbabilities = byLabel,
                WordProbabilities = byWord,
            };
        }

        return readings;
    }

    /// <summary>The readings of a model of several findings.</summary>
    private RadiographReading[] Findings(IDisposableReadOnlyCollection<OrtValue> results, int count, string normal)
    {
        int labels = _info.Labels.Count;
        ReadOnlySpan<float> scores = results[0].GetTensorDataAsSpan<float>(), detected = results[1].GetTensorDataAsSpan<float>(), probabilities = results[4].GetTensorDataAsSpan<float>(), words = results[5].GetTensorDataAsSpan<float>();
        string[] annotations = results[2].GetStringTensorAsArray(), tokens = results[3].GetStringTensorAsArray();
        bool beamed = results.Count > _findingOutputs.Length;
        ReadOnlySpan<long> searched = beamed ? results[7].GetTensorDataAsSpan<long>() : [], beams = beamed ? results[8].GetTensorDataAsSpan<long>() : [];
        ReadOnlySpan<double> logs = beamed ? results[9].GetTensorDataAsSpan<double>() : [];
        int ofFindings = searched.Length / count, ofLogs = logs.Length / count, ofWords = beams.Length / count;
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
                Findings = findings.Length == 0 ? [] : ReadFinding.Parse(tokens[i].Split(' ', StringSplitOptions.RemoveEmptyEntries), heading => byLabel.GetValueOrDefault(heading)),
                Alternatives = OtherTerms(annotations[i], probabilities[i], found, searched.Slice(i * ofFindings, ofFindings), beams.Slice(i * ofWords, ofWords), logs.Slice(i * ofLogs, ofLogs)),
                LabelProbabilities = byLabel,
                WordProbabilities = Named(_info.ReportedWords, words.Slice(i * _info.ReportedWords.Count, _info.ReportedWords.Count)),
            };
        }

        return readings;
    }

    private List<AnnotationCandidate> Others(string label, string best, double labelProbability, ReadOnlySpan<long> beams, ReadOnlySpan<double> logs, int length)
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
    private List<AnnotationCandidate> OtherTerms(string best, double probability, float[] detected, ReadOnlySpan<long> searched, ReadOnlySpan<long> beams, ReadOnlySpan<double> logs)
    {
        if (searched.IsEmpty)
            return [];
        int width = logs.Length / searched.Length, length = beams.Length / logs.Length;
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
        if (DecoderVocabulary.IsHeading(label))
            tokens.Add(label);
        foreach (long word in words)
        {
            if (word > DecoderVocabulary.UnknownId && word < _info.Words.Count)
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
    private readonly record struct Input(string Name, Stream? Content)
    {
        internal static Input Of(RadiographContent content)
        {
            ArgumentNullException.ThrowIfNull(content);
            return new Input(content.Name, content.Content);
        }

        /// <summary>Reads the pixels; returns the view that the file says it is, where that makes a difference.</summary>
        /// <exception cref="InvalidDataException">It cannot be read; the message names it.</exception>
        internal string Read(RadiographFormat format, Span<float> pixels, TrainedImages? trained)
        {
            RadiographFile file = Content is null ? new RadiographFile(Name) : new RadiographFile(Name, Whole());
            RadiographReader.Read(file, format, pixels);
            return trained?.ViewOf(file) ?? "";
        }

        /// <summary>The content, in memory alone: what is written to a disk can be found there afterwards.</summary>
        private byte[] Whole()
        {
            try
            {
                using var content = new MemoryStream();
                byte[] buffer = new byte[1 << 16];
                for (int read; (read = Content!.Read(buffer)) > 0;)
                {
                    if (content.Length + read > DicomFile.MaximumBytes)
                        throw new InvalidDataException($"The radiograph '{Name}' cannot be read: it has more than {DicomFile.MaximumBytes} bytes, which no radiograph has.");
                    content.Write(buffer, 0, read);
                }

                return content.ToArray();
            }
            catch (IOException e)
            {
                throw new InvalidDataException($"The radiograph '{Name}' cannot be read: its content broke off ({e.Message}).", e);
            }
        }
    }
}
