using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Trains a convolutional network that predicts the disease labels of radiographs (paper, section 4) and computes an embedding of each image for the
/// context decoder.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input columns | image (see <see cref="ClassifyDiseaseOptions.ImageColumnName"/>), label (key with text KeyValues, or vector of Single with
/// findings as slot names), optional sampling weight (Single), optional caption (text) |
/// | Output columns | Features (vector of Single, as long as the network's embedding), Score (vector of Single with slot names), ScoreEntropy
/// (Single), PredictedLabel (key), or for several findings
/// PredictedLabels (vector of Single, 0 and 1) |
/// | Required NuGet in addition to Microsoft.ML | CxrAnnotate and a TorchSharp backend |
/// </remarks>
public sealed class ClassifyDiseaseEstimator : IEstimator<ClassifyDiseaseTransformer>
{
    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly ClassifyDiseaseOptions _options;
    private readonly int _seed;

    internal ClassifyDiseaseEstimator(MLContext context, ClassifyDiseaseOptions options)
    {
        options.Check();
        _context = context;
        _options = options;
        _host = ((IHostEnvironment)context).Register(nameof(ClassifyDiseaseEstimator));
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains the network.</summary>
    /// <param name="input">Rows with image and label columns; rows without a label or a readable image are skipped with a warning.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no usable row, or only one label; or the checkpoints belong to another training, or
    /// resuming is off.</exception>
    /// <exception cref="FileNotFoundException">The pretrained weights are missing.</exception>
    /// <exception cref="InvalidDataException">No checkpoint is usable, or the file of initial or pretrained weights is not.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public ClassifyDiseaseTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains the network starting from the weights of an earlier one, as later iterations of the cascade do.</summary>
    /// <param name="input">Rows with image and label columns; rows without a label or a readable image are skipped with a warning.</param>
    /// <param name="initial">A network of the same architecture, channels and normalization; null starts from random weights, or from those of
    /// <see cref="ClassifyDiseaseOptions.FineTuning"/>. Its last layer is copied, too, if the number of labels is the same.</param>
    /// <exception cref="ArgumentException">The earlier network has another architecture.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no usable row, or only one label; or the checkpoints belong to another training, or
    /// resuming is off.</exception>
    /// <exception cref="FileNotFoundException">The pretrained weights are missing.</exception>
    /// <exception cref="InvalidDataException">No checkpoint is usable, or the file of initial or pretrained weights is not.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public ClassifyDiseaseTransformer Fit(IDataView input, ClassifyDiseaseTransformer? initial)
    {
        ArgumentNullException.ThrowIfNull(input);
        ClassifyDiseaseOptions options = _options.Resolved();
        if (
            initial?.Model.Configuration is { } earlier
            && (earlier.Architecture, earlier.Channels, earlier.BatchNormalization)
                != (options.Architecture, options.Architecture.ChannelsOr(options.Channels), options.BatchNormalization)
        )
            throw new ArgumentException(
                ErrorCode.StartWeightsMismatch.Message(
                    $"The earlier network is {earlier.Architecture} with {earlier.Channels} channels, but the options say {options.Architecture} "
                        + $"with {options.Architecture.ChannelsOr(options.Channels)}; or only one of them uses batch normalization."
                ),
                nameof(initial)
            );
        using IChannel channel = _host.Start("Training the image network");
        var (train, labels) = Read(input, "training", channel, null);
        LabelledImages? validation = _options.ValidationData is { } view ? Read(view, "validation", channel, labels).Rows : null;
        CheckpointFolder? checkpoints = _options.Checkpoints is { } kept
            ? CheckpointFolder.Open(kept, Fingerprint(train, validation, labels, initial), Warn)
            : null;
        using var reporter = new TrainingProgress(_host.StartProgressChannel("Training the image network"), channel, _options.Optimization.Epochs);
        var device = TorchSession.Device(_options.Device, _context);
        var trainer = new ClassifierTrainer(options, labels, _seed, device)
        {
            EpochEnded = reporter.EpochEnded,
            BatchEnded = reporter.BatchEnded,
            Warn = Warn,
            Checkpoints = checkpoints is null ? null : new TrainingCheckpoints(checkpoints, "classifier", checkpoints.Restored),
        };
        var (model, history) = trainer.Train(train, validation, initial?.Model);
        return new ClassifyDiseaseTransformer(_context, options, model, history, new ImageColumn(input.Schema, _options.ImageColumnName).Source);

        void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }

    private SortedDictionary<string, string> Fingerprint(
        LabelledImages train,
        LabelledImages? validation,
        string[] labels,
        ClassifyDiseaseTransformer? initial
    )
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Seed"] = _seed.ToString(CultureInfo.InvariantCulture),
            ["training rows"] = train.Describe(),
            ["validation rows"] = validation?.Describe() ?? "none",
            ["labels"] = string.Join(", ", labels),
            ["earlier network"] = initial is null ? "none" : "given",
        };
        TrainingFingerprint.Add(fingerprint, _options);
        return fingerprint;
    }

    /// <summary>The shape of the output: the input's columns, Features, Score, ScoreEntropy and PredictedLabel (or PredictedLabels).</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.Require(inputSchema, _options.ImageColumnName, ImageColumn.IsImageShape, ImageColumn.Expected, "image");
        return SchemaShapes.With(
            _context,
            inputSchema,
            OutputShape.Vector(_options.FeaturesColumnName),
            OutputShape.NamedVector(_options.ScoreColumnName),
            OutputShape.Single(_options.ScoreEntropyColumnName),
            LabelShape
                .Of(inputSchema, _options.LabelColumnName)
                .Declare(_options.PredictedLabelColumnName, _options.PredictedLabelsColumnName)
        );
    }

    private (LabelledImages Rows, string[] Labels) Read(IDataView view, string what, IChannel channel, string[]? known)
    {
        var reader = new ColumnReader(view);
        var columns = new LabelledImageColumn(reader, view.Schema, _options, withCaption: _options.WordWeight > 0);
        SingleColumn? weight = reader.OptionalSingle(_options.SamplingWeightColumnName, "weight");
        reader.Read(cancellation: _options.Cancellation);
        string[] labels = known ?? columns.Labels;
        var (rows, places) = columns.Take(labels, what, channel);
        if (known is null)
            rows.RequireDifference(labels);
        return (weight is null ? rows : rows with { Weights = [.. places.Select(i => weight.Values[i])] }, labels);
    }
}
