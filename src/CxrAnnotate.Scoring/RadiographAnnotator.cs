using System.Security.Cryptography;

namespace CxrAnnotate;

/// <summary>
/// Annotates radiographs with a saved cascade by ONNX Runtime, without libtorch. It is thread-safe, and any thread may dispose it. The batch size
/// bounds the memory, however many files are annotated.
/// </summary>
/// <example>
/// <code>
/// using var annotator = RadiographAnnotator.Load("cascade.onnx");
/// Console.WriteLine(annotator.Annotate("patient.png"));
/// </code>
/// </example>
public sealed class RadiographAnnotator : IDisposable
{
    private readonly Lifetime _lifetime;
    private readonly ScoringModel _model;
    private readonly RadiographScorer _scorer;
    private readonly BatchedInputs _batches;
    private readonly int _batchSize;

    private RadiographAnnotator(ScoringModel model, string sha256, RadiographAnnotatorOptions options)
    {
        _model = model;
        ModelSha256 = sha256;
        _lifetime = new Lifetime(typeof(RadiographAnnotator), model.Dispose);
        RadiographFormat format = model.Format.Reading(options.AcceptAnyModality, options.Strict);
        _batchSize = options.BatchSize;
        _scorer = new RadiographScorer(
            model,
            format,
            new ReadingBuilder(model.Info, options.Alternatives, options.Coverage),
            _lifetime,
            options.Explanation is null ? null : new ReadingExplainer(model, options.Explanation, options.BatchSize)
        );
        _batches = new BatchedInputs(
            options.BatchSize,
            options.SourcePatience,
            _lifetime,
            (inputs, cancellation) => _scorer.Batch(inputs, cancellation)
        );
    }

    /// <summary>The labels of the model.</summary>
    public IReadOnlyList<string> Labels => _model.Info.Labels;

    /// <summary>The beam width of the annotation search; 1 for greedy search.</summary>
    public int BeamWidth => _model.BeamWidth;

    /// <summary>
    /// The SHA-256, in 64 lower-case hexadecimal digits, of the file that was opened; for a folder, of the ONNX model in it.
    /// </summary>
    public string ModelSha256 { get; }

    /// <summary>
    /// Opens a model: an ONNX file that <c>RecurrentCascadeTransformer.SaveOnnx</c> or <c>cxr export</c> wrote, a model with a cascade that
    /// ML.NET's <c>Model.Save</c> wrote, or a folder that <c>RecurrentCascadeTransformer.Save</c> or <c>cxr train</c> wrote. In a folder, the ONNX
    /// model is read and verified against the manifest.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or no ONNX model in the folder.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of a newer version, or not a cascade.</exception>
    public static RadiographAnnotator Load(string path, RadiographAnnotatorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (IEnumerable<byte[]> models, string sha256) = AnnotatorFile.Open(path);
        return FirstOf(path, models, sha256, options);
    }

    /// <summary>Opens an ONNX model in memory, as <c>RecurrentCascadeTransformer.ToOnnx</c> returns it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidDataException">The model is damaged, of a newer version, or not a cascade.</exception>
    public static RadiographAnnotator OfModel(byte[] model, RadiographAnnotatorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FirstOf("the model", [model], Convert.ToHexStringLower(SHA256.HashData(model)), options);
    }

    /// <summary>Opens the first cascade among the ONNX models of one file; error messages name the file.</summary>
    private static RadiographAnnotator FirstOf(string path, IEnumerable<byte[]> models, string sha256, RadiographAnnotatorOptions? options)
    {
        options ??= new();
        options.Check();
        foreach (byte[] model in models)
        {
            if (ScoringModel.TryOpen(path, model, options.Threads) is { } opened)
                return new RadiographAnnotator(opened, sha256, options);
        }

        throw new InvalidDataException(
            ErrorCode.NotAModel.Message(
                $"'{path}' does not contain a complete CxrAnnotate cascade. Write one by RecurrentCascadeTransformer.SaveOnnx, or by "
                    + $"MLContext.Model.Save of a trained cascade that reads grey images or files."
            )
        );
    }

    /// <summary>Annotates a file.</summary>
    /// <param name="path">An image in any format that LoadRadiographs reads.</param>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and gives the reason.</exception>
    public RadiographReading Annotate(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return _scorer.One(RadiographInput.Of(path));
    }

    /// <summary>Annotates the content of an image file.</summary>
    /// <param name="content">The file's bytes, from the stream's position to its end. The stream stays open.</param>
    /// <exception cref="InvalidDataException">The content cannot be read.</exception>
    public RadiographReading Annotate(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return _scorer.One(new RadiographInput("the stream", content, IsContent: true));
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
        RadiographFormat format = _model.Format;
        float[] image = new float[format.PixelCount];
        Resampler.Resample(new GreyPixels(pixels.ToArray(), width), ImageGeometry.Of(width, height, format), image, format.Width);
        return _scorer.One(image);
    }

    /// <summary>
    /// Annotates a file and explains the reading: <see cref="RadiographReading.HeatMaps"/> has a map for each finding that was detected, then one
    /// for each word of the annotation. It computes the image once more for each cell of the maps, without the detail of that cell
    /// (docs/explanations.md).
    /// </summary>
    /// <param name="path">An image in any format that LoadRadiographs reads.</param>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and gives the reason.</exception>
    /// <example>
    /// <code>
    /// foreach (HeatMap map in annotator.Explain("patient.png").HeatMaps)
    ///     File.WriteAllBytes($"{map.Subject}.png", annotator.Overlay("patient.png", map));
    /// </code>
    /// </example>
    public RadiographReading Explain(string path) => Explain(path, null);

    /// <summary>Annotates a file and explains the reading, with options.</summary>
    /// <param name="path">An image in any format that LoadRadiographs reads.</param>
    /// <param name="options">What is explained; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or names what is neither a label nor a word of the
    /// model.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and gives the reason.</exception>
    public RadiographReading Explain(string path, ExplanationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(path);
        return _scorer.One(RadiographInput.Of(path), Explainer(options));
    }

    /// <summary>Annotates the content of an image file and explains the reading, as <see cref="Explain(string, ExplanationOptions?)"/>.</summary>
    /// <param name="content">The file's bytes, from the stream's position to its end. The stream stays open.</param>
    /// <param name="options">What is explained; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or names what is neither a label nor a word of the
    /// model.</exception>
    /// <exception cref="InvalidDataException">The content cannot be read.</exception>
    public RadiographReading Explain(Stream content, ExplanationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(content);
        return _scorer.One(new RadiographInput("the stream", content, IsContent: true), Explainer(options));
    }

    private ReadingExplainer Explainer(ExplanationOptions? options)
    {
        options ??= new();
        options.Check();
        return new ReadingExplainer(_model, options, _batchSize);
    }

    /// <summary>Draws a map of a reading over its radiograph (<see cref="HeatMapOverlay"/>).</summary>
    /// <param name="path">The file that was read.</param>
    /// <param name="map">One of the reading's <see cref="RadiographReading.HeatMaps"/>.</param>
    /// <param name="longestSide">The longer side of the radiograph in the picture, in pixels, from 16 to 8192.</param>
    /// <returns>An RGB PNG, with the radiograph's own aspect ratio.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The side is out of range.</exception>
    /// <exception cref="ArgumentException">The map's values do not fill its rows and columns.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message names it and says why.</exception>
    public byte[] Overlay(string path, HeatMap map, int longestSide = HeatMapOverlay.DefaultSide) =>
        HeatMapOverlay.Png(path, map, _scorer.Format, longestSide);

    /// <summary>
    /// Annotates many files, in their order. A file that cannot be read, for whatever reason, yields an item with an error; the others are annotated.
    /// If memory does not suffice for a batch, the batch is split.
    /// </summary>
    /// <param name="paths">The files, enumerated as they are needed.</param>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<string> paths) => Annotate(paths, CancellationToken.None);

    /// <summary>
    /// Annotates many files, in their order. A file that cannot be read, for whatever reason, yields an item with an error; the others are annotated.
    /// If memory does not suffice for a batch, the batch is split.
    /// </summary>
    /// <param name="paths">The files, enumerated as they are needed.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        _lifetime.Check();
        return _batches.Many(paths.Select(RadiographInput.Of), cancellation);
    }

    /// <summary>
    /// Annotates the contents of many files, in their order. A content that cannot be read, whatever its stream throws, yields an item with an error;
    /// the others are annotated. If memory does not suffice for a batch, the batch is split.
    /// </summary>
    /// <param name="contents">The contents, enumerated as they are needed. Each stream is read from its position to its end, and stays
    /// open.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<AnnotatedRadiograph> Annotate(IEnumerable<RadiographContent> contents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(contents);
        _lifetime.Check();
        return _batches.Many(contents.Select(RadiographInput.Of), cancellation);
    }

    /// <summary>
    /// Annotates files as they arrive, in their order, without waiting for a batch to fill. A file that cannot be read yields an item with an error.
    /// </summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <remarks>
    /// A consumer that stops early (by <c>break</c>, by an exception, by cancelling) ends the source: it is cancelled through its token, awaited and
    /// disposed, and the consumer's own exception propagates. A source that ignores its token is abandoned after five seconds and disposed when it
    /// ends by itself; what it throws then is discarded. An error of the source is thrown after the preceding items have been returned.
    /// </remarks>
    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        _lifetime.Check();
        return _batches.ManyAsync(paths.Select(RadiographInput.Of), cancellation);
    }

    /// <summary>
    /// Annotates the contents of files as they arrive, in their order, without waiting for a batch to fill. A content that cannot be read yields an
    /// item with an error.
    /// </summary>
    /// <param name="contents">The contents. Each stream is read from its position to its end, and stays open.</param>
    /// <param name="cancellation">Stops between contents.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <remarks>
    /// A consumer that stops early (by <c>break</c>, by an exception, by cancelling) ends the source: it is cancelled through its token, awaited and
    /// disposed, and the consumer's own exception propagates. A source that ignores its token is abandoned after five seconds and disposed when it
    /// ends by itself; what it throws then is discarded. An error of the source is thrown after the preceding items have been returned.
    /// </remarks>
    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<RadiographContent> contents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(contents);
        _lifetime.Check();
        return _batches.ManyAsync(contents.Select(RadiographInput.Of), cancellation);
    }

    /// <summary>
    /// Frees the model without waiting: running calls complete, and the memory is freed after the last of them. Later calls, and enumerations that
    /// ask for another item, throw <see cref="ObjectDisposedException"/>. Disposing twice is harmless.
    /// </summary>
    public void Dispose() => _lifetime.End();
}
