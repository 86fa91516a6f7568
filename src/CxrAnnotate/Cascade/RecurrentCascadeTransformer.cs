using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// A trained cascade. To rows with an image column (or a path to load it from) it adds Features, Score, PredictedLabel, Annotation, AnnotationTokens,
/// AnnotationProbability, WordProbability and ContextVector (if multi-label PredictedLabels instead of PredictedLabel, and FindingProbability); to
/// rows that also have the true annotation it adds Label and Caption, for evaluation.
/// </summary>
public sealed class RecurrentCascadeTransformer : ITransformer, IDisposable
{
    private readonly MLContext _context;
    private readonly MineLabelsTransformer? _mining;
    private readonly LoadRadiographsOptions _loading;
    private readonly CascadeInput _input;
    private readonly int? _batchSize;
    private readonly IReadOnlyList<CascadeModel> _models;

    /// <param name="context">The context.</param>
    /// <param name="mining">Mines labels; null if the cascade was trained on labelled rows.</param>
    /// <param name="loading">How files are loaded. Its column names are ignored.</param>
    /// <param name="input">The columns.</param>
    /// <param name="models">The networks of every iteration.</param>
    /// <param name="iterations">Their reports.</param>
    /// <param name="chosen">The iteration used for reading, from 1.</param>
    /// <param name="batchSize">The batch size; null uses the network's default.</param>
    internal RecurrentCascadeTransformer(
        MLContext context,
        MineLabelsTransformer? mining,
        LoadRadiographsOptions loading,
        CascadeInput input,
        IReadOnlyList<CascadeModel> models,
        IReadOnlyList<CascadeIterationReport> iterations,
        int chosen,
        int? batchSize = null
    )
    {
        _context = context;
        _mining = mining;
        _loading = loading with { InputColumnName = input.PathColumnName, OutputColumnName = input.ImageColumnName };
        _input = input;
        _batchSize = batchSize;
        _models = models;
        Iterations = iterations;
        ChosenIteration = chosen;
    }

    /// <summary>Every iteration's labels, training and validation scores.</summary>
    public IReadOnlyList<CascadeIterationReport> Iterations { get; }

    /// <summary>
    /// The iteration (from 1) that this transformer reads with, chosen by <see cref="RecurrentCascadeOptions.IterationChoice"/>. How sure the choice
    /// is stands in the reports of the later iterations (<see cref="CascadeIterationReport.Evidence"/>).
    /// </summary>
    public int ChosenIteration { get; }

    /// <summary>The base labels, in the order of Score's slots.</summary>
    public IReadOnlyList<string> Labels => Model.BaseLabels;

    /// <summary>
    /// For a multi-label cascade the probability at or above which each finding is detected, in the order of <see cref="Labels"/>; otherwise null.
    /// </summary>
    public IReadOnlyList<float>? Thresholds =>
        Model.Classifier.Configuration.Thresholds is not { } thresholds
            ? null
            :
            [
                .. Labels.Select(
                    (label, k) =>
                        thresholds[Model.Classifier.Configuration.Labels.Select(BaseLabels.NameOf).ToList().IndexOf(label)] is var threshold
                        && Calibration is { } calibration
                            ? calibration.Threshold(k, threshold)
                            : threshold
                ),
            ];

    /// <summary>
    /// What Score's probabilities are calibrated by, fitted to the validation rows; null for cascades saved before there was one, or trained without
    /// enough validation rows. <see cref="ProbabilityCalibration.Undo"/> gives the network's own probabilities.
    /// </summary>
    public ProbabilityCalibration? Calibration => Model.Reliability?.Calibration;

    /// <summary>How image files are loaded. Its column names are those of the cascade.</summary>
    public LoadRadiographsOptions Loading => _loading;

    /// <summary>
    /// For a multi-label cascade the findings that were not learned because too few training rows have them, with the number of these rows, most
    /// frequent first; null if single-label, or trained on rows with a label column.
    /// </summary>
    public IReadOnlyDictionary<string, int>? RareFindings => Model.Scheme == LabelScheme.Independent ? _mining?.RareFindings : null;

    internal CascadeModel Model => _models[ChosenIteration - 1];

    internal IReadOnlyList<CascadeModel> Models => _models;

    internal MineLabelsTransformer? Mining => _mining;

    internal CascadeInput Input => _input;

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>
    /// The same cascade, reading with the networks of another iteration. It shares the original's memory: it is valid until the original is disposed,
    /// and disposing it does not affect the original.
    /// </summary>
    /// <param name="iteration">The iteration, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such iteration.</exception>
    /// <exception cref="ObjectDisposedException">The cascade was disposed.</exception>
    public RecurrentCascadeTransformer AtIteration(int iteration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iteration, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iteration, _models.Count);
        Model.Lifetime.Check();
        return With([.. _models.Select(model => model.Shared())], iteration, _loading);
    }

    /// <summary>The same cascade, loading image files in another way. It shares the original's memory, see <see cref="AtIteration"/>.</summary>
    /// <param name="loading">How files are loaded. Its column names are ignored; its height and width must be those of <see cref="Loading"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the size differs.</exception>
    /// <exception cref="ObjectDisposedException">The cascade was disposed.</exception>
    public RecurrentCascadeTransformer WithLoading(LoadRadiographsOptions loading)
    {
        ArgumentNullException.ThrowIfNull(loading);
        loading.Check();
        if ((loading.Height, loading.Width) != (_loading.Height, _loading.Width))
            throw new ArgumentException(
                ErrorCode.ImageColumnSize.Message(
                    $"The cascade reads images of {_loading.Height} x {_loading.Width}, not of {loading.Height} x {loading.Width}."
                ),
                nameof(loading)
            );
        Model.Lifetime.Check();
        return With([.. _models.Select(model => model.Shared())], ChosenIteration, loading);
    }

    /// <summary>The same cascade with a beam search for annotations. It shares the original's memory, see <see cref="AtIteration"/>.</summary>
    /// <param name="width">The beam width, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1.</exception>
    /// <exception cref="ObjectDisposedException">The cascade was disposed.</exception>
    public RecurrentCascadeTransformer WithBeam(int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Model.Lifetime.Check();
        return With([.. _models.Select(model => model.WithBeam(width))], ChosenIteration, _loading);
    }

    private RecurrentCascadeTransformer With(IReadOnlyList<CascadeModel> models, int chosen, LoadRadiographsOptions loading) =>
        new(_context, _mining, loading, _input, models, Iterations, chosen, _batchSize);

    /// <summary>The schema of the view that <see cref="Transform"/> returns for a schema.</summary>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Chain(inputSchema).GetOutputSchema(inputSchema);

    /// <summary>Adds this cascade's columns to a view, computed lazily by cursors.</summary>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Chain(input.Schema).Transform(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)Chain(inputSchema)).GetRowToRowMapper(inputSchema);

    /// <summary>
    /// Writes the chosen iteration as ML.NET stages (docs/persistence.md): a cascade trained on files loads files, one trained on an image column
    /// reads that column. Label mining, which only training needs, is omitted.
    /// </summary>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        using Lifetime.Use use = Model.Lifetime.Enter();
        SavedImageColumn input = ImageOf(_input.ImageColumnName, _input.Source ?? ImageSource.Grey);
        var chain = new SavedChain(_context);
        if (_input.Source is null)
            new LoadRadiographsTransformer(_context, _loading).AddTo(chain);
        input
            .Prepare(_context, chain)
            .Graph(
                names => CascadeGraph.Write(Model, input, names, Info(), foldNormalization: true),
                [input.GraphInput],
                [.. CascadeColumn.All(Model).Select(column => (column.Output, column.Shape.Name))],
                Labels
            )
            .Save(ctx, _input.Source is null ? (_input.PathColumnName, TextDataViewType.Instance) : (_input.ImageColumnName, input.Type));
    }

    /// <summary>
    /// Writes the chosen iteration as an ONNX model, for <see cref="RadiographAnnotator"/> and for any other program: input <c>Image</c> (Single [N,
    /// 1, H, W], grey values in [0, 1]); outputs <c>Features</c> (Single [N, E], the embedding), <c>Score</c> (Single [N, labels]),
    /// <c>ScoreEntropy</c> (Single [N]), <c>Label</c>, <c>Annotation</c>, <c>AnnotationTokens</c> (text [N]), <c>AnnotationProbability</c> (Single
    /// [N]), <c>WordProbability</c> (Single [N, words]), and the beam: <c>BeamWords</c> (Int64 [N, width, length]) and <c>BeamLogProbability</c>
    /// (Double [N, width]). How images are loaded and what the numbers stand for is in the model's metadata. A cascade of several findings gives
    /// <c>PredictedLabels</c> and <c>FindingProbability</c> (Single [N, labels]) in place of <c>Label</c>, and a beam for each finding that is
    /// searched: <c>BeamFindings</c> (Int64 [N, searched]), <c>BeamWords</c> (Int64 [N, searched, width, length]), <c>BeamLogProbability</c>.
    /// All have <c>ContextVector</c> (Single [N, hidden size]), the joint context vector of image and annotation.
    /// A decoder that attends to regions also gives <c>WordAttention</c> (Single [N, words * regions]).
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="foldNormalization">Whether batch normalisation is folded into the preceding convolutions, which is faster, or kept as separate
    /// nodes.</param>
    /// <exception cref="NotSupportedException">The decoder samples its annotations.</exception>
    public void SaveOnnx(string path, bool foldNormalization = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, ToOnnx(foldNormalization));
    }

    /// <summary>
    /// Returns the bytes that <see cref="SaveOnnx"/> writes, for <see cref="RadiographAnnotator.OfModel"/> or for storage elsewhere.
    /// </summary>
    /// <param name="foldNormalization">As in <see cref="SaveOnnx"/>.</param>
    /// <exception cref="NotSupportedException">The decoder samples its annotations.</exception>
    public byte[] ToOnnx(bool foldNormalization = true)
    {
        using Lifetime.Use use = Model.Lifetime.Enter();
        return CascadeGraph.Write(Model, ImageOf("Image", ImageSource.Grey), new Dictionary<string, string>(), Info(), foldNormalization);
    }

    private SavedImageColumn ImageOf(string column, ImageSource source) =>
        SavedImageColumn.Of(column, source, Model.Classifier.Configuration.Height, Model.Classifier.Configuration.Width);

    private CascadeGraphInfo Info() =>
        new()
        {
            Version = Model.Scheme.FormatVersion,
            Scheme = Model.Scheme.Name,
            NormalWord = Model.Decoder.Configuration.NormalWord,
            // The training's image folder means nothing to users of the graph, whose paths are relative to their own.
            Loading = _loading.Format with { Folder = null },
            Labels = Labels,
            Words = Model.Decoder.Vocabulary.Words,
            ReportedWords = Model.Decoder.ReportedWords,
            DisplayForms = Model.Decoder.Vocabulary.DisplayForms,
            Attention = Model.Decoder.Configuration.Attention is { } regions
                ? new AttentionGrid(
                    regions.Rows,
                    regions.Columns,
                    (double)Model.Classifier.Configuration.CropSize / Model.Classifier.Configuration.Height,
                    (double)Model.Classifier.Configuration.CropSize / Model.Classifier.Configuration.Width
                )
                : null,
            Trained = Model.Classifier.Configuration.Trained,
            Reliability = Model.Reliability,
        };

    /// <summary>
    /// Writes the cascade to a folder: cascade.json, for each iteration configuration and weights (safetensors) of both networks, the chosen
    /// iteration as cascade.onnx for reading without libtorch, and manifest.json with the checksums of all files. It is moved into place when
    /// complete: on failure an earlier cascade in the folder is unchanged.
    /// </summary>
    /// <param name="folder">The folder; created if necessary. An existing cascade, with all files written by 'cxr train', is replaced; other files
    /// stay.</param>
    /// <param name="beside">Writes the caller's additional files to the temporary folder it is given, whose files are then moved to
    /// <paramref name="folder"/>: they are saved together with the cascade, and the manifest has their checksums. Null, the default value, writes
    /// none.</param>
    /// <exception cref="IOException">A file could not be written. The cascade is still in memory and can be saved elsewhere.</exception>
    public void Save(string folder, Action<string>? beside = null) => CascadeFolder.Save(folder, this, beside);

    /// <summary>
    /// Frees the networks' memory, after any batch or save in progress. Using this transformer, its views, its prediction engines or copies made by
    /// <see cref="AtIteration"/> afterwards throws <see cref="ObjectDisposedException"/>. Disposing twice does nothing.
    /// </summary>
    public void Dispose()
    {
        foreach (CascadeModel model in _models)
            model.Dispose();
    }

    private TransformerChain<ITransformer> Chain(DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Model.Lifetime.Check();
        var stages = new List<ITransformer>();
        if (_mining is not null && input.GetColumnOrNull(_input.LabelColumnName) is null)
            stages.Add(_mining);
        if (input.GetColumnOrNull(_input.ImageColumnName) is null)
        {
            var load = new LoadRadiographsTransformer(_context, _loading);
            load.GetOutputSchema(input);
            stages.Add(load);
        }

        stages.Add(
            new ReadRadiographsTransformer(
                _context,
                Model,
                _input.ImageColumnName,
                _input.ViewColumnName,
                _batchSize ?? Model.Classifier.ScoringBatchSize
            )
        );
        return new TransformerChain<ITransformer>([.. stages]);
    }
}
