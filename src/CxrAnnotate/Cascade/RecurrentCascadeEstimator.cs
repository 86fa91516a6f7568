using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// The whole method of the paper in one estimator: labels are mined from the annotations, classes are rebalanced, a convolutional network is trained
/// to predict the labels and a recurrent network to write the annotation from its features; then the training rows are relabelled by their joint
/// image/text context, and both networks are trained again on the new labels. The last iteration reads new images, unless an earlier one read the
/// validation rows better (<see cref="RecurrentCascadeOptions.IterationChoice"/>). It is an in-memory loop over the building blocks of the stages
/// (trainers, features, context vectors and clusters), not a chain of the stages, so images are
/// read once and held once, in 16 bits per pixel. Stages with the options of <see cref="RecurrentCascadeOptions.ForIteration"/>, each fitted from the
/// previous iteration's stage, reach the same labels.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input columns | Mesh (text) or Label (key, or vector of Single if multi-label) and Caption (text); ImagePath (text) or Image (vector of
/// Single); optional StudyId (text) |
/// | Output columns | Label, Caption (if the annotation is known), Features, Score, PredictedLabel, Annotation, AnnotationTokens,
/// AnnotationProbability, WordProbability; if multi-label PredictedLabels instead of PredictedLabel, and FindingProbability |
/// | Required NuGet in addition to Microsoft.ML | CxrAnnotate and a TorchSharp backend |
/// </remarks>
public sealed class RecurrentCascadeEstimator : IEstimator<RecurrentCascadeTransformer>
{
    /// <summary>The column of the patient, whose images are not independent; where it is empty or absent, the study takes its place.</summary>
    private const string PatientColumnName = "PatientId";

    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly RecurrentCascadeOptions _options;
    private readonly int _seed;

    internal RecurrentCascadeEstimator(MLContext context, RecurrentCascadeOptions options)
    {
        options.Check();
        _context = context;
        _options = options;
        _host = ((IHostEnvironment)context).Register(nameof(RecurrentCascadeEstimator));
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains the cascade.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no usable row, or only one label; or the checkpoints belong to another training, or
    /// resuming is off.</exception>
    /// <exception cref="FileNotFoundException">The pretrained weights are missing.</exception>
    /// <exception cref="InvalidDataException">No checkpoint is usable, or the file of initial or pretrained weights is not.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public RecurrentCascadeTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Fit(input, _options, null);
    }

    /// <summary>
    /// Trains the control of a cascade: the later iterations with the same rows, options and seeds, but on the labels of the first
    /// (<see cref="RecurrentCascadeOptions.Relabel"/> is false). The first iteration is not trained again: the control shares it with the cascade.
    /// What the cascade reads better than its control, it owes to relabeling by context; the rest of its gain over the first iteration comes from
    /// longer training. The result equals <see cref="Fit(IDataView)"/> without relabeling.
    /// </summary>
    /// <param name="input">The rows that the cascade was trained on.</param>
    /// <param name="cascade">The cascade, trained with these options. It must not be disposed before the control is.</param>
    /// <returns>The control. Its checkpoints are in the subfolder "control" of those of the cascade.</returns>
    /// <exception cref="ArgumentException">The labels of the first iteration are not those of the rows.</exception>
    /// <exception cref="ObjectDisposedException">The cascade was disposed.</exception>
    /// <exception cref="InvalidOperationException">As in <see cref="Fit(IDataView)"/>.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public RecurrentCascadeTransformer FitControl(IDataView input, RecurrentCascadeTransformer cascade)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(cascade);
        cascade.Models[0].Lifetime.Check();
        return Fit(
            input,
            _options with
            {
                Relabel = false,
                Seed = _seed,
                Checkpoints = _options.Checkpoints is { } kept ? kept with { Folder = Path.Combine(kept.Folder, RunFiles.Control) } : null,
            },
            cascade
        );
    }

    private RecurrentCascadeTransformer Fit(IDataView input, RecurrentCascadeOptions options, RecurrentCascadeTransformer? cascade)
    {
        RecurrentCascadeOptions resolved = Resolved(options);
        using IChannel channel = _host.Start("Training the cascade");
        var device = TorchSession.Device(_options.Classifier.Device, _context);
        MineLabelsTransformer? mining = null;
        IDataView rows = input;
        if (input.Schema.GetColumnOrNull(_options.Classifier.LabelColumnName) is null)
        {
            mining = new MineLabelsEstimator(_context, _options.MiningOfColumns).Fit(input);
            rows = mining.Transform(input);
        }

        string name = _options.Classifier.LabelColumnName;
        string[] labels = LabelShape.Of(rows.Schema, name).Names(rows.Schema[name]);
        var (all, studies) = Read(rows, labels, "training", channel);
        IReadOnlyDictionary<string, string>? forms = CaptionForms.Read(rows.Schema[_options.Classifier.CaptionColumnName]);
        var (train, validation) = Divide(all, studies, mining, labels, channel);
        // For the whole cascade: the embeddings, and with them the decoder and the clusters, depend on it as much as the weights.
        using TorchThreads threads = TorchThreads.Use(_options.Classifier.Threads);
        CheckpointFolder? checkpoints = options.Checkpoints is { } kept
            ? CheckpointFolder.Open(kept, Fingerprint(options, train, validation, labels), Warn)
            : null;
        var trainer = new CascadeTrainer(resolved, labels, _seed, device)
        {
            Checkpoints = checkpoints is null ? null : new CascadeCheckpoints(checkpoints),
            Warn = Warn,
            Log = (stage, epochs) => new TrainingProgress(_host.StartProgressChannel(stage), channel, epochs),
            NormalWord = mining?.NormalLabel ?? _options.Decoder.NormalWord,
            First = cascade is null ? null : (cascade.Models[0], cascade.Iterations[0]),
        };
        if (cascade is not null && !cascade.Iterations[0].Labels.SequenceEqual(labels))
            throw new ArgumentException(
                ErrorCode.StartWeightsMismatch.Message("The cascade was trained on other labels than those of the rows: it has no control here."),
                nameof(cascade)
            );
        var iterations = trainer.Train(train, validation, forms);
        foreach (var (_, report) in iterations)
        {
            IterationEvidence? evidence = report.Evidence;
            string lead = evidence is null
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $", {evidence.Difference:+0.000;-0.000;0.000} ({evidence.Low:F3} to {evidence.High:F3}) against iteration {evidence.Against}"
                );
            channel.Info(
                MessageSensitivity.None,
                string.Create(CultureInfo.InvariantCulture,
                    $"iteration {report.Iteration}: {report.Labels.Count} labels, validation disease {report.ValidationDisease:F3}, context "
                        + $"{report.ValidationContext:F3}{lead}"
                )
            );
        }

        return new RecurrentCascadeTransformer(
            _context,
            mining,
            _options.Loading,
            new CascadeInput(
                _options.Classifier.ImageColumnName,
                _options.Loading.InputColumnName,
                _options.Classifier.LabelColumnName,
                _options.Classifier.ViewColumnName,
                input.Schema.GetColumnOrNull(_options.Classifier.ImageColumnName) is null
                    ? null
                    : new ImageColumn(input.Schema, _options.Classifier.ImageColumnName).Source
            ),
            [.. iterations.Select(i => i.Model)],
            [.. iterations.Select(i => i.Report)],
            CascadeChoice.Of(_options.IterationChoice, [.. iterations.Select(i => i.Report)]),
            _options.Classifier.ScoringBatchSize
        );

        void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }

    /// <summary>The options with the network of the pretrained weights, and with its regions for the decoder.</summary>
    private static RecurrentCascadeOptions Resolved(RecurrentCascadeOptions options)
    {
        ClassifyDiseaseOptions classifier = options.Classifier.Resolved();
        return options with
        {
            Classifier = classifier,
            Decoder = options.Decoder with
            {
                Attention = !options.AttendsRegions
                    ? null
                    : classifier.Architecture.Regions
                        ?? throw new InvalidOperationException(
                            ErrorCode.OptionConflict.Message(
                                $"The features of {classifier.Architecture} have no regions to attend to: they are means over the whole image. "
                                    + "Use another network, or a decoder without attention."
                            )
                        ),
            },
        };
    }

    private SortedDictionary<string, string> Fingerprint(
        RecurrentCascadeOptions options,
        LabelledImages train,
        LabelledImages? validation,
        string[] labels
    )
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Seed"] = _seed.ToString(CultureInfo.InvariantCulture),
            ["training rows"] = train.Describe(),
            ["validation rows"] = validation?.Describe() ?? "none",
            ["labels"] = string.Join(", ", labels),
        };
        TrainingFingerprint.Add(fingerprint, options);
        return fingerprint;
    }

    /// <summary>The output schema for rows with an annotation.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape shape = inputSchema;
        if (SchemaShapes.Find(shape, _options.Classifier.LabelColumnName) is null)
            shape = new MineLabelsEstimator(_context, _options.MiningOfColumns).GetOutputSchema(shape);
        LabelShape label = LabelShape.Of(shape, _options.Classifier.LabelColumnName);
        SchemaShapes.RequireText(shape, _options.Classifier.CaptionColumnName, "caption");
        if (SchemaShapes.Find(shape, _options.Classifier.ImageColumnName) is null)
            shape = new LoadRadiographsEstimator(
                _context,
                _options.Loading with
                {
                    OutputColumnName = _options.Classifier.ImageColumnName,
                }
            ).GetOutputSchema(shape);
        SchemaShapes.Require(shape, _options.Classifier.ImageColumnName, ImageColumn.IsImageShape, ImageColumn.Expected, "image");
        return SchemaShapes.With(_context, shape, [.. CascadeColumn.All(label.Scheme, _options.AttendsRegions).Select(column => column.Shape)]);
    }

    private (LabelledImages Rows, string[] Studies) Read(IDataView view, string[] labels, string what, IChannel channel)
    {
        IDataView loaded = view.Schema.GetColumnOrNull(_options.Classifier.ImageColumnName) is not null
            ? view
            : new LoadRadiographsTransformer(_context, _options.Loading with { OutputColumnName = _options.Classifier.ImageColumnName }).Transform(
                view
            );
        var reader = new ColumnReader(loaded);
        var columns = new LabelledImageColumn(reader, loaded.Schema, _options.Classifier, withCaption: true);
        TextColumn? study = reader.OptionalText(_options.StudyColumnName),
            patient = reader.OptionalText(PatientColumnName);
        long total = view.GetRowCount() ?? 0;
        reader.Read(
            _options.Progress is { } progress ? n => progress.Report(new CascadeProgress($"reading {what} images", n, total, "images")) : null,
            _options.Cancellation
        );
        var (rows, places) = columns.Take(labels, what, channel, needsCaption: true);
        string[] studies = [.. places.Select(i => study is null || study.Values[i].Length == 0 ? $"row {i}" : study.Values[i])];
        return (
            rows with
            {
                Groups = [.. places.Select((i, row) => patient is null || patient.Values[i].Length == 0 ? studies[row] : patient.Values[i])],
            },
            studies
        );
    }

    private (LabelledImages Train, LabelledImages? Validation) Divide(
        LabelledImages all,
        string[] studies,
        MineLabelsTransformer? mining,
        string[] labels,
        IChannel channel
    )
    {
        LabelledImages train = all;
        LabelledImages? validation = null;
        if (_options.ValidationData is { } view)
        {
            validation = Read(mining is null ? view : mining.Transform(view), labels, "validation", channel).Rows;
        }
        else if (_options.ValidationFraction > 0)
        {
            double part = _options.ValidationFraction;
            Dictionary<string, int> side = StudySplitter.Assign(
                studies,
                // By a row's rarest label: labels are sorted by frequency.
                [.. all.Truth.Select(truth => Array.LastIndexOf(truth, 1f) is >= 0 and int rarest ? labels[rarest] : "")],
                [1 - part, part],
                _seed
            );
            train = all.Subset([.. Enumerable.Range(0, all.Count).Where(i => side[studies[i]] == 0)]);
            validation = all.Subset([.. Enumerable.Range(0, all.Count).Where(i => side[studies[i]] == 1)]);
        }

        train.RequireDifference(labels);
        return CascadePair.Of(train, labels).Length > 0
            ? (train, validation)
            : throw new InvalidOperationException(
                ErrorCode.NothingToTellApart.Message(
                    $"None of the {train.Count} usable training rows has caption words for one of its labels; there are no annotations to "
                        + $"learn."
                )
            );
    }
}
