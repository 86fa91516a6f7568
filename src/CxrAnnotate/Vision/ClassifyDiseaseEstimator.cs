using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Trains a convolutional network to tell the disease labels of radiographs (paper, section 4) and gives, for every image, an embedding for the
/// context decoder.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input columns | image (see <see cref="ClassifyDiseaseOptions.ImageColumnName"/>), label (key with text KeyValues, or vector of Single with
/// findings as slot names), optional sampling weight (Single), optional caption (text) |
/// | Output columns | Features (vector of Single, as long as the network's embedding), Score (vector of Single with slot names), PredictedLabel
/// (key), or for several findings
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
    /// <param name="input">Rows with image and label columns; rows without a label or whose image could not be read are left out with a
    /// warning.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no usable row, or only one label; or the checkpoints are of another training, or not to
    /// be resumed.</exception>
    /// <exception cref="InvalidDataException">No checkpoint, or not the file of weights to start from, is usable.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public ClassifyDiseaseTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training the image network");
        var (train, labels) = Read(input, "training", channel, null);
        ClassifierData? validation = _options.ValidationData is { } view ? Read(view, "validation", channel, labels).Data : null;
        CheckpointFolder? checkpoints = _options.Checkpoints is { } kept
            ? CheckpointFolder.Open(kept, Fingerprint(train, validation, labels), Warn)
            : null;
        using IProgressChannel progress = _host.StartProgressChannel("Training the image network");
        var reporter = new TrainingProgress(progress, channel, _options.Optimization.Epochs);
        var device = TorchSession.Device(_options.Device, _context);
        var trainer = new ClassifierTrainer(_options, labels, _seed, device)
        {
            EpochEnded = reporter.EpochEnded,
            BatchEnded = reporter.BatchEnded,
            Warn = Warn,
            Checkpoints = checkpoints is null ? null : new TrainingCheckpoints(checkpoints, "classifier", checkpoints.Restored),
        };
        var (model, history) = trainer.Train(train, validation);
        return new ClassifyDiseaseTransformer(_context, _options, model, history, new ImageColumn(input.Schema, _options.ImageColumnName).Source);

        void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }

    private SortedDictionary<string, string> Fingerprint(ClassifierData train, ClassifierData? validation, string[] labels)
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Seed"] = _seed.ToString(CultureInfo.InvariantCulture),
            ["training rows"] = train.Describe(),
            ["validation rows"] = validation?.Describe() ?? "none",
            ["labels"] = string.Join(", ", labels),
        };
        TrainingFingerprint.Add(fingerprint, _options);
        return fingerprint;
    }

    /// <summary>The shape of the output: the input's columns, Features, Score and PredictedLabel (or PredictedLabels).</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.Require(inputSchema, _options.ImageColumnName, ImageColumn.IsImageShape, ImageColumn.Expected, "image");
        bool multi = LabelShape.IsMultiLabel(inputSchema, _options.LabelColumnName);
        return SchemaShapes.With(
            _context,
            inputSchema,
            OutputShape.Vector(_options.FeaturesColumnName),
            OutputShape.NamedVector(_options.ScoreColumnName),
            multi ? OutputShape.NamedVector(_options.PredictedLabelsColumnName) : OutputShape.TextKey(_options.PredictedLabelColumnName)
        );
    }

    private (ClassifierData Data, string[] Labels) Read(IDataView view, string what, IChannel channel, string[]? known)
    {
        var reader = new ColumnReader(view);
        RadiographColumn images = reader.Add(new RadiographColumn(new ImageColumn(view.Schema, _options.ImageColumnName)));
        var label = new DiseaseLabelColumn(reader, view.Schema, _options.LabelColumnName);
        SingleColumn? weight = reader.OptionalSingle(_options.SamplingWeightColumnName, "weight");
        TextColumn? caption = _options.WordWeight > 0 ? reader.Text(_options.CaptionColumnName, "caption") : null;
        TextColumn? position = reader.TextIfThere(_options.ViewColumnName);
        reader.Read(cancellation: _options.Cancellation);
        string[] names = known ?? label.Names;
        int[] labels = label.Classes(names);
        float[][]? targets = label.Targets(names);
        int[] rows = [.. Enumerable.Range(0, reader.RowCount).Where(i => images.Places[i] >= 0 && labels[i] >= 0)];
        int missing = images.Places.Count(p => p < 0);
        if (missing > 0)
            channel.Warning(MessageSensitivity.None, $"{missing} of {reader.RowCount} {what} rows are left out: their image could not be read.");
        int unlabelled = reader.RowCount - missing - rows.Length;
        if (unlabelled > 0)
            channel.Info(MessageSensitivity.None, $"{unlabelled} of {reader.RowCount} {what} rows are left out: they have no label.");
        if (rows.Length == 0)
        {
            throw new InvalidOperationException(
                ErrorCode.NoTrainingRow.Message(
                    $"The {what} view has no usable row: of {reader.RowCount} rows, {missing} have no readable image and {unlabelled} have no label. "
                        + "Check the image paths and the label mining's minimum number of cases."
                )
            );
        }

        if (
            known is null
            && targets is not null
            && !names.Where((_, k) => rows.Any(i => targets[i][k] == 1) && rows.Any(i => targets[i][k] == 0)).Any()
        )
            throw new InvalidOperationException(
                ErrorCode.NothingToTellApart.Message(
                    $"None of the {names.Length} findings is present in some of the {rows.Length} usable training rows and absent in others; there "
                        + $"is nothing to tell apart."
                )
            );
        if (known is null && targets is null && rows.Select(i => labels[i]).Distinct().Count() < 2)
            throw new InvalidOperationException(
                ErrorCode.NothingToTellApart.Message(
                    $"All {rows.Length} usable training rows have the label '{names[labels[rows[0]]]}'; a classifier needs two labels or more. "
                        + $"Lower the label mining's minimum number of cases."
                )
            );
        var data = new ClassifierData(
            images.Images.Subset(rows.Select(i => images.Places[i])),
            [.. rows.Select(i => labels[i])],
            [.. rows.Select(i => weight?.Values[i] ?? 1f)],
            caption is null ? null : [.. rows.Select(i => caption.Values[i].Split(' ', StringSplitOptions.RemoveEmptyEntries))]
        )
        {
            Targets = targets is null ? null : [.. rows.Select(i => targets[i])],
            Views = position is null ? null : [.. rows.Select(i => position.Values[i])],
        };
        return (data, names);
    }
}
