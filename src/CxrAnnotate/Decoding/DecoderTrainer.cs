namespace CxrAnnotate;

/// <summary>
/// Trains a decoder. The weights depend only on the rows, the options, the seed and the number of torch's threads; torch's process-wide random state
/// is neither read nor changed.
/// </summary>
/// <param name="options">The network, its optimization and its search; column names are ignored.</param>
/// <param name="seed">The seed.</param>
internal sealed class DecoderTrainer(DecodeContextOptions options, int seed)
{
    /// <summary>The rows of an epoch (from 0), in order; null draws by the examples' weights.</summary>
    internal Func<int, int[]>? Draw { get; init; }

    /// <summary>
    /// A decoder with the same cell, layers and size to start from: its weights are copied, matched by word if the vocabularies differ.
    /// </summary>
    internal DecoderModel? Initial { get; init; }

    /// <summary>Where checkpoints are written and resumed from; null writes none.</summary>
    internal TrainingCheckpoints? Checkpoints { get; init; }

    /// <summary>Called with the tensors missing from the initial weights.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>The annotation of an image without findings, for a multi-label decoder; null for a single-label one.</summary>
    internal string? NormalWord { get; init; }

    /// <summary>Called after every epoch.</summary>
    internal Action<EpochReport>? EpochEnded { get; init; }

    /// <summary>Called after every mini-batch with (epoch from 1, rows done in it, rows in it, running mean loss).</summary>
    internal Action<int, int, int, double>? BatchEnded { get; init; }

    /// <summary>Trains on rows. Early stopping chooses the epoch by the mean log-probability of the validation rows' words.</summary>
    /// <param name="train">At least one row.</param>
    /// <param name="validation">Rows with features of the same size, or null. Their out-of-vocabulary words are ignored.</param>
    /// <param name="displayForms">How words are written in an annotation.</param>
    /// <exception cref="InvalidOperationException">There is no row, or the loss has diverged.</exception>
    internal DecoderModel Train(DecoderExamples train, DecoderExamples? validation = null, IReadOnlyDictionary<string, string>? displayForms = null)
    {
        if (train.Count == 0 || train.Weights?.All(w => w <= 0) == true)
            throw new InvalidOperationException(
                ErrorCode.NoTrainingRow.Message("There is no row to train the decoder on: the view is empty or no row has a sampling weight above 0.")
            );
        if (validation is { Count: 0 })
            validation = null;
        if (validation is not null && validation.FeatureSize != train.FeatureSize)
            throw new InvalidOperationException(
                ErrorCode.ValidationMismatch.Message(
                    $"The validation rows have {validation.FeatureSize} features, the training rows {train.FeatureSize}. Featurize both with the "
                        + $"same classifier."
                )
            );

        NativeRuntime.EnsureLoaded();
        DecoderVocabulary vocabulary = DecoderVocabulary.Build(train.Labels, train.Captions, displayForms);
        (int Start, int[] Words)[] annotations =
        [
            .. train.Labels.Zip(train.Captions, (label, caption) => (vocabulary.StartOf(label), vocabulary.Targets(label, caption))),
        ];
        DecoderConfiguration configuration = Configure(
            vocabulary,
            train.FeatureSize,
            longest: annotations.Max(one => one.Words.Length) + 1,
            options.ObeysGrammar ? AnnotationGrammar.Learn(vocabulary, annotations) : null
        );
        if (options.Attention?.Fits(train.FeatureSize) == false)
            throw new InvalidOperationException(
                ErrorCode.OptionConflict.Message(
                    $"The decoder is to attend to {options.Attention.Count} regions of {options.Attention.Channels} features from "
                        + $"{options.Attention.Offset} on, but there are {train.FeatureSize} features. Name the regions of the network that computed "
                        + "them."
                )
            );
        RecurrentDecoder module = configuration.CreateModule(seed);
        try
        {
            var (mean, scale) = FeatureScale.Of([.. train.Views.SelectMany(views => views)]);
            if (options.StandardizeFeatures)
                module.SetFeatureScale(mean, scale);

            if (Initial is not null)
            {
                using Lifetime.Use use = Initial.Lifetime.Enter();
                module.CopyFrom(Initial.Module, Initial.Vocabulary, vocabulary);
            }
            else if (options.FineTuning is { Weights: { } start } tuning)
                LoadInitialWeights(start, tuning, module, vocabulary);
            string[] still = [.. options.FineTuning?.Frozen ?? []];
            if (options.Projection == FeatureProjection.WordRegression)
            {
                if (train.FeatureSize == options.HiddenSize)
                    throw new InvalidOperationException(
                        ErrorCode.OptionConflict.Message(
                            $"The decoder's state has {options.HiddenSize} units, as many as there are features, so that there is no projection for "
                                + $"the word regression. Use another number of units."
                        )
                    );
                WordRegression.Fit(module, train, mean, scale, Seeds.Mix(seed, 1), options.Cancellation);
                still = [.. still.Union(["projection", "projection_bias"])];
            }

            if (Checkpoints is not null)
                Checkpoints.Describe = configuration.ToJson;
            FrozenLayers? frozen = still.Length > 0 ? new FrozenLayers(module, "", still) : null;
            float[] weights = train.Weights is null ? [.. Enumerable.Repeat(1f, train.Count)] : [.. train.Weights];
            int[] classes = BaseLabels.Indices(train.Labels);
            var problem = new DecoderProblem(
                module,
                vocabulary,
                train,
                validation,
                Draw ?? (epoch => EpochSampler.Draw(weights, classes, seed, epoch)),
                seed
            );
            var loop = new TrainingLoop(module, problem, options.Optimization)
            {
                EpochEnded = EpochEnded,
                BatchEnded = BatchEnded,
                Frozen = frozen,
                Checkpoints = Checkpoints,
                Warn = text => Warn($"Context decoder: {text}"),
            };
            using TorchThreads threads = TorchThreads.Use(options.Threads);
            TrainingHistory history = loop.Run(options.Cancellation);
            if (module.TrainsWords)
                module.AverageStarts(ReservedWords.UnknownId, [.. vocabulary.Labels.Select(vocabulary.StartOf)]);
            return new DecoderModel(configuration, module, history);
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    private void LoadInitialWeights(string weights, FineTuningOptions tuning, RecurrentDecoder module, DecoderVocabulary vocabulary)
    {
        WeightSource source = WeightSource.Find(weights, "decoder");
        if (source.Configuration is null)
        {
            source.Fill(module.state_dict(), tuning, null, Warn);
            return;
        }

        // A decoder of this library records the words of its weights.
        DecoderConfiguration theirs = DecoderConfiguration.Read(source.Configuration);
        using RecurrentDecoder other = theirs.CreateModule();
        source.Fill(other.state_dict(), new FineTuningOptions(), null, Warn);
        try
        {
            module.CopyFrom(other, theirs.CreateVocabulary(), vocabulary);
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException(
                ErrorCode.StartWeightsMismatch.Message(
                    $"The decoder in '{weights}' differs in cell, number of layers, regions, hidden size or feature size from "
                        + $"{nameof(DecodeContextOptions)}."
                ),
                e
            );
        }
    }

    private DecoderConfiguration Configure(DecoderVocabulary vocabulary, int featureSize, int longest, AnnotationGrammar? grammar) =>
        new()
        {
            Cell = options.Cell,
            Layers = options.Layers,
            HiddenSize = options.HiddenSize,
            FeatureSize = featureSize,
            Attention = options.Attention,
            Dropout = options.Dropout,
            FeatureDropout = options.FeatureDropout,
            Words = vocabulary.Words,
            FirstPrintable = vocabulary.FirstPrintable,
            Labels = [.. vocabulary.Labels],
            DisplayForms = vocabulary.DisplayForms,
            Search = options.Search,
            BeamWidth = options.BeamWidth,
            LengthNormalization = options.LengthNormalization,
            Temperature = options.Temperature,
            SampleSeed = options.SampleSeed,
            MaximumLength = options.MaximumLength ?? longest,
            Scheme = LabelScheme.Of(null, readsDecisions: NormalWord is not null).Name,
            NormalWord = NormalWord,
            Grammar = grammar,
            MaximumFindings = options.MaximumFindings,
        };
}
