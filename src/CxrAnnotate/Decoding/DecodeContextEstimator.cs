using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Trains the recurrent decoder of annotations on image features, labels and captions (section 3 of the paper's specification, without the defects of
/// the published program: every row has its own image, padding is masked, the state is carried from word to word).
/// </summary>
/// <remarks>
/// Fitting reads features, label, caption and the sampling weight, if any; transforming reads only features and label probabilities. Rows without a
/// label or caption, with missing features or an invalid weight are skipped; a warning counts them. The same seed on the same machine with the same
/// number of torch threads gives bit-identical weights.
/// </remarks>
public sealed class DecodeContextEstimator : IEstimator<DecodeContextTransformer>
{
    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly DecodeContextOptions _options;
    private readonly int _seed;

    internal DecodeContextEstimator(MLContext context, DecodeContextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options;
        _host = ((IHostEnvironment)context).Register(nameof(DecodeContextEstimator));
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains a decoder.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no usable training row.</exception>
    public DecodeContextTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains a decoder starting from the weights of an earlier one, as later iterations of the cascade do.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="initial">A decoder with the same cell, layers and sizes; null starts from random weights. So do words that it does not
    /// know.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="ArgumentException">The earlier decoder has another cell or size.</exception>
    /// <exception cref="InvalidOperationException">There is no usable training row.</exception>
    public DecodeContextTransformer Fit(IDataView input, DecodeContextTransformer? initial)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training the decoder");
        LabelShape label = LabelShape.Of(input.Schema, _options.LabelColumnName);
        DecoderExamples train = Read(input, "training", channel);
        if (train.Count == 0)
        {
            throw new InvalidOperationException(
                ErrorCode.NoTrainingRow.Message(
                    $"There is no usable training row: each needs a label in '{_options.LabelColumnName}', words for it in the caption in "
                        + $"'{_options.CaptionColumnName}' and features without missing values in '{_options.FeaturesColumnName}'. "
                        + "Check that MineLabels labels these rows (its minimum number of cases may be too high)."
                )
            );
        }

        DecoderExamples? validation = _options.ValidationData is { } rows ? Read(rows, "validation", channel) : null;
        using var reporter = new TrainingProgress(_host.StartProgressChannel("Training the decoder"), channel, _options.Optimization.Epochs);
        CheckpointFolder? checkpoints = _options.Checkpoints is { } kept
            ? CheckpointFolder.Open(kept, Fingerprint(train, validation, initial), Warn)
            : null;
        var trainer = new DecoderTrainer(_options, _seed)
        {
            Initial = initial?.Model,
            BatchEnded = reporter.BatchEnded,
            EpochEnded = reporter.EpochEnded,
            Warn = Warn,
            NormalWord = label.Scheme.WordForNone(_options.NormalWord),
            Checkpoints = checkpoints is null ? null : new TrainingCheckpoints(checkpoints, "decoder", checkpoints.Restored),
        };
        DecoderModel model = trainer.Train(train, validation, CaptionForms.Read(input.Schema[_options.CaptionColumnName]));
        // The labels of Score: those of the column if it already exists, otherwise the training labels.
        string[]? scored = input.Schema.GetColumnOrNull(_options.ScoreColumnName) is { } score
            ? TextAnnotations.Read(score, TextAnnotations.SlotNamesKind)
            : null;
        return new DecodeContextTransformer(_context, model, _options, scored ?? label.Names(input.Schema[_options.LabelColumnName]));

        void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }

    private SortedDictionary<string, string> Fingerprint(DecoderExamples train, DecoderExamples? validation, DecodeContextTransformer? initial)
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Seed"] = _seed.ToString(CultureInfo.InvariantCulture),
            ["training rows"] = train.Describe(),
            ["validation rows"] = validation?.Describe() ?? "none",
            ["earlier decoder"] = initial is null ? "none" : "given",
        };
        TrainingFingerprint.Add(fingerprint, _options);
        return fingerprint;
    }

    /// <summary>The input's schema with the output columns added: four, one more if multi-label, and one more with attention.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireVector(inputSchema, _options.FeaturesColumnName, "feature");
        LabelScheme scheme = LabelShape.Of(inputSchema, _options.LabelColumnName).Scheme;
        SchemaShapes.RequireText(inputSchema, _options.CaptionColumnName, "caption");
        if (_options.SamplingWeightColumnName is { } weight && SchemaShapes.Find(inputSchema, weight) is not null)
            SchemaShapes.RequireSingle(inputSchema, weight, "sampling weight");
        SchemaShapes.Require(
            inputSchema,
            _options.ScoreColumnName,
            c =>
                c.Kind == SchemaShape.Column.VectorKind.Vector
                && c.ItemType == NumberDataViewType.Single
                && SchemaShapes.Find(c.Annotations, TextAnnotations.SlotNamesKind) is not null,
            "Vector<Single> with label names as SlotNames",
            "score"
        );
        if (scheme.ReadsDecisions)
            SchemaShapes.RequireVector(inputSchema, _options.PredictedLabelsColumnName, "predicted labels");
        IReadOnlyList<AnnotationColumn> columns = AnnotationColumn.All(_options, scheme, _options.Attention is not null);
        return SchemaShapes.With(_context, inputSchema, [.. columns.Select(column => column.Shape)]);
    }

    /// <summary>Reads a training pair (the image and the words) for every label of a row that has words in its caption.</summary>
    private DecoderExamples Read(IDataView view, string role, IChannel channel)
    {
        var reader = new ColumnReader(view);
        var features = new FeatureViewsColumn(reader, _options);
        LabelColumn label = reader.Label(_options.LabelColumnName);
        var captions = reader.Text(_options.CaptionColumnName, "caption");
        var weights = reader.OptionalSingle(_options.SamplingWeightColumnName, "sampling weight");
        reader.Read(cancellation: _options.Cancellation);

        IReadOnlyList<string> labels = BaseLabels.Names(label.Names);
        int[] baseOf = BaseLabels.Indices(label.Names);
        int unlabelled = 0,
            wordless = 0,
            missing = 0,
            unweighted = 0,
            present = 0;
        var pairs = new List<(int Row, int Label, string[] Words)>();
        for (int i = 0; i < reader.RowCount; i++)
        {
            float[] truth = label.Scheme.Fold(baseOf, label.Truth[i]);
            if (Array.TrueForAll(truth, float.IsNaN))
                unlabelled++;
            else if (!truth.Contains(1f))
                continue;
            else if (string.IsNullOrWhiteSpace(captions.Values[i]))
                wordless++;
            else if (!features.IsSound(i))
                missing++;
            else if (weights is not null && !(weights.Values[i] >= 0 && float.IsFinite(weights.Values[i])))
                unweighted++;
            else
            {
                present += truth.Count(value => value == 1);
                foreach (var (k, words) in label.Scheme.Pairs(labels, truth, DecoderVocabulary.Split(captions.Values[i])))
                    pairs.Add((i, k, words));
            }
        }

        int unused = unlabelled + wordless + missing + unweighted;
        if (unused > 0)
            channel.Warning(
                MessageSensitivity.None,
                $"{unused} of {reader.RowCount} {role} rows are skipped: {unlabelled} have no label, {wordless} no caption, {missing} missing "
                    + $"features, {unweighted} an invalid sampling weight."
            );
        if (pairs.Count < present)
            channel.Warning(
                MessageSensitivity.None,
                $"{present - pairs.Count} of the {present} labels of the {role} rows are skipped: their caption has no words for the label."
            );
        return new DecoderExamples(
            [.. pairs.Select(p => features.Of(p.Row))],
            [.. pairs.Select(p => labels[p.Label])],
            [.. pairs.Select(p => p.Words)],
            weights is null ? null : [.. pairs.Select(p => weights.Values[p.Row])]
        );
    }
}
