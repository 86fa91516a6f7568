using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Trains the recurrent decoder of annotations on image features, labels and captions (section 3 of the paper's specification, with its published
/// program's defects mended:
/// every row has its own image, padding is masked, the state is carried along).
/// </summary>
/// <remarks>
/// When fitting it reads features, label, caption and, where there is one, the sampling weight; when transforming features and label probabilities
/// alone.
/// Rows without a label, without a caption, with missing features or an unusable weight are skipped with a warning that counts them.
/// The same seed on the same machine with the same number of torch threads gives bit-identical weights.
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
    /// <exception cref="InvalidOperationException">No row can be trained on.</exception>
    public DecodeContextTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains a decoder from the weights of an earlier one, as the later iterations of the cascade do.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="initial">A decoder of the same cell, layers and sizes; null starts from random weights. Words that it had not start from random
    /// weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="ArgumentException">The earlier decoder is of another cell or size.</exception>
    /// <exception cref="InvalidOperationException">No row can be trained on.</exception>
    public DecodeContextTransformer Fit(IDataView input, DecodeContextTransformer? initial)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training the decoder");
        bool multi = LabelShape.IsMultiLabel(input.Schema, _options.LabelColumnName);
        DecoderExamples train = Read(input, "training", channel);
        if (train.Count == 0)
        {
            throw new InvalidOperationException(
                ErrorCode.NoTrainingRow.Message(
                    multi
                        ? $"No row can be trained on: each needs a finding that is 1 in '{_options.LabelColumnName}' and that the caption in "
                            + $"'{_options.CaptionColumnName}' has a term of, and features without missing values in '{_options.FeaturesColumnName}'."
                        : $"No row can be trained on: each needs a label in '{_options.LabelColumnName}', a caption in "
                            + $"'{_options.CaptionColumnName}' and features without missing values in '{_options.FeaturesColumnName}'. "
                            + "Check that MineLabels gives labels for these rows (its minimum number of cases may be too high)."
                )
            );
        }

        DecoderExamples? validation = _options.ValidationData is { } rows ? Read(rows, "validation", channel) : null;
        using IProgressChannel progress = _host.StartProgressChannel("Training the decoder");
        var reporter = new TrainingProgress(progress, channel, _options.Optimization.Epochs);
        CheckpointFolder? checkpoints = _options.Checkpoints is { } kept
            ? CheckpointFolder.Open(kept, Fingerprint(train, validation, initial), Warn)
            : null;
        var trainer = new DecoderTrainer(_options, _seed)
        {
            Initial = initial?.Model,
            BatchEnded = reporter.BatchEnded,
            EpochEnded = reporter.EpochEnded,
            Warn = Warn,
            NormalWord = multi ? _options.NormalWord : null,
            Checkpoints = checkpoints is null ? null : new TrainingCheckpoints(checkpoints, "decoder", checkpoints.Restored),
        };
        DecoderModel model = trainer.Train(train, validation, CaptionForms.Read(input.Schema[_options.CaptionColumnName]));
        return new DecodeContextTransformer(_context, model, _options, ScoreLabels(input));

        void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }

    /// <summary>The labels that Score will be of: those of the column where it is there already, else those that were trained on.</summary>
    private string[] ScoreLabels(IDataView input) =>
        (input.Schema.GetColumnOrNull(_options.ScoreColumnName) is { } score ? TextAnnotations.Read(score, TextAnnotations.SlotNamesKind) : null)
        ?? TextAnnotations.Read(
            input.Schema[_options.LabelColumnName],
            LabelShape.IsMultiLabel(input.Schema, _options.LabelColumnName) ? TextAnnotations.SlotNamesKind : TextAnnotations.KeyValuesKind
        )!;

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

    /// <summary>The input's shape with the output columns added: four, and for several findings a fifth.</summary>
    /// <param name="inputSchema">The shape of the training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireVector(inputSchema, _options.FeaturesColumnName, "feature");
        bool multi = LabelShape.IsMultiLabel(inputSchema, _options.LabelColumnName);
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
        if (multi)
            SchemaShapes.RequireVector(inputSchema, _options.PredictedLabelsColumnName, "predicted labels");
        LabelScheme scheme = multi ? LabelScheme.Independent : LabelScheme.Exclusive;
        return SchemaShapes.With(_context, inputSchema, [.. AnnotationColumn.All(_options, scheme).Select(column => column.Shape)]);
    }

    /// <summary>
    /// A training pair for every present finding that the caption has a term of: the image, and what the caption says of the finding.
    /// </summary>
    private DecoderExamples ReadFindings(IDataView view, string role, IChannel channel)
    {
        var reader = new ColumnReader(view);
        var features = new FeatureViewsColumn(reader, _options);
        var labels = new FindingLabels(reader.Vector(_options.LabelColumnName, "label"));
        var captions = reader.Text(_options.CaptionColumnName, "caption");
        var weights = reader.OptionalSingle(_options.SamplingWeightColumnName, "sampling weight");
        reader.Read(cancellation: _options.Cancellation);
        var pairs = new List<(int Row, string Finding, string[] Words)>();
        int present = 0,
            missing = 0,
            unweighted = 0;
        for (int i = 0; i < reader.RowCount; i++)
        {
            string[] findings = labels.Present(i);
            if (findings.Length > 0 && !features.IsSound(i))
            {
                missing++;
            }
            else if (findings.Length > 0 && weights is not null && !(weights.Values[i] >= 0 && float.IsFinite(weights.Values[i])))
            {
                unweighted++;
            }
            else
            {
                present += findings.Length;
                int row = i;
                pairs.AddRange(
                    FindingCaptions
                        .Of(DecoderVocabulary.Split(captions.Values[i]))
                        .Where(f => findings.Contains(f.Finding))
                        .Select(f => (row, f.Finding, f.Words))
                );
            }
        }

        if (missing + unweighted > 0)
            channel.Warning(
                MessageSensitivity.None,
                $"{missing + unweighted} of {reader.RowCount} {role} rows are not used: {missing} have missing features, {unweighted} no usable "
                    + $"sampling weight."
            );
        if (pairs.Count < present)
            channel.Warning(
                MessageSensitivity.None,
                $"{present - pairs.Count} of the {present} findings of the {role} rows are not used: their caption has no term of the finding."
            );
        return new DecoderExamples(
            [.. pairs.Select(p => features.Of(p.Row))],
            [.. pairs.Select(p => p.Finding)],
            [.. pairs.Select(p => p.Words)],
            weights is null ? null : [.. pairs.Select(p => weights.Values[p.Row])]
        );
    }

    private DecoderExamples Read(IDataView view, string role, IChannel channel)
    {
        if (LabelShape.IsMultiLabel(view.Schema, _options.LabelColumnName))
            return ReadFindings(view, role, channel);
        var reader = new ColumnReader(view);
        var features = new FeatureViewsColumn(reader, _options);
        var labels = reader.Key(_options.LabelColumnName);
        var captions = reader.Text(_options.CaptionColumnName, "caption");
        var weights = reader.OptionalSingle(_options.SamplingWeightColumnName, "sampling weight");
        reader.Read(cancellation: _options.Cancellation);

        int[] classes = labels.ClassIndices();
        int unlabelled = 0,
            wordless = 0,
            missing = 0,
            unweighted = 0;
        var used = new List<int>();
        for (int i = 0; i < reader.RowCount; i++)
        {
            if (classes[i] < 0)
                unlabelled++;
            else if (string.IsNullOrWhiteSpace(captions.Values[i]))
                wordless++;
            else if (!features.IsSound(i))
                missing++;
            else if (weights is not null && !(weights.Values[i] >= 0 && float.IsFinite(weights.Values[i])))
                unweighted++;
            else
                used.Add(i);
        }

        if (used.Count < reader.RowCount)
        {
            channel.Warning(
                MessageSensitivity.None,
                $"{reader.RowCount - used.Count} of {reader.RowCount} {role} rows are not used: {unlabelled} have no label, {wordless} no caption, "
                    + $"{missing} missing features, {unweighted} no usable sampling weight."
            );
        }

        return new DecoderExamples(
            [.. used.Select(features.Of)],
            [.. used.Select(i => labels.Names[classes[i]])],
            [.. used.Select(i => DecoderVocabulary.Split(captions.Values[i]))],
            weights is null ? null : [.. used.Select(i => weights.Values[i])]
        );
    }
}
