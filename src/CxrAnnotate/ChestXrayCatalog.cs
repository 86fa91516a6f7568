using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// The table of contents of the library, in the order of the method: data, the stages, the whole cascade, the figures. Each stage has a method with
/// its common parameters and one with all its options. Obtained by <see cref="MLContextExtensions.ChestXray"/>.
/// </summary>
public sealed class ChestXrayCatalog
{
    internal ChestXrayCatalog(MLContext context) => Context = context;

    internal MLContext Context { get; }

    /// <value>Loading of annotated radiographs and study-wise splitting.</value>
    public DataCatalog Data => new(Context);

    /// <summary>
    /// Reads image files into vectors of grey values in [0, 1] with dimensions [1, height, width]. See <see cref="LoadRadiographsEstimator"/>.
    /// </summary>
    /// <param name="outputColumnName">The column to write.</param>
    /// <param name="inputColumnName">The text column of the image files.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="imageFolder">The folder that relative paths start from; null is the working folder.</param>
    public LoadRadiographsEstimator LoadRadiographs(
        string outputColumnName = "Image",
        string inputColumnName = "ImagePath",
        int height = LoadRadiographsOptions.DefaultSide,
        int width = LoadRadiographsOptions.DefaultSide,
        string? imageFolder = null
    ) =>
        LoadRadiographs(
            new LoadRadiographsOptions
            {
                OutputColumnName = outputColumnName,
                InputColumnName = inputColumnName,
                Height = height,
                Width = width,
                ImageFolder = imageFolder,
            }
        );

    /// <summary>Reads image files into vectors of grey values, with all options.</summary>
    /// <param name="options">Sizes, fit, limits and columns.</param>
    public LoadRadiographsEstimator LoadRadiographs(LoadRadiographsOptions options) => new(Context, options);

    /// <summary>
    /// Finds the labels of annotated radiographs: the patterns of MeSH terms with more than a minimum of cases; and their captions in tokens.
    /// </summary>
    /// <param name="labelColumnName">The label column to add: a key with text names; missing for rows whose pattern is too rare.</param>
    /// <param name="meshColumnName">The column of annotations in the MeSH grammar.</param>
    /// <param name="captionColumnName">The caption column to add: text, tokens joined by one blank.</param>
    /// <param name="minimumCases">A pattern is a label if it has more rows than this.</param>
    /// <param name="protocol">The rule. <see cref="MiningProtocol.Paper"/> also reads a column <c>MeshTop</c>.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumCases"/> is below 0.</exception>
    public MineLabelsEstimator MineLabels(
        string labelColumnName = "Label",
        string meshColumnName = "Mesh",
        string captionColumnName = "Caption",
        int minimumCases = 30,
        MiningProtocol protocol = MiningProtocol.Strict
    ) =>
        MineLabels(
            new MineLabelsOptions
            {
                LabelColumnName = labelColumnName,
                MeshColumnName = meshColumnName,
                CaptionColumnName = captionColumnName,
                MinimumCases = minimumCases,
                Protocol = protocol,
            }
        );

    /// <summary>Finds the labels of annotated radiographs, and their captions in tokens.</summary>
    /// <param name="options">The protocol, its thresholds and the columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public MineLabelsEstimator MineLabels(MineLabelsOptions options) => new(Context, options);

    /// <summary>
    /// Reads annotations in the MeSH grammar out of free-text reports; what is present, absent and uncertain. See <see cref="MineReportsEstimator"/>.
    /// </summary>
    /// <param name="outputColumnName">The annotation column to add; <c>AbsentFindings</c>, <c>UncertainFindings</c> and <c>FindingStates</c> come
    /// with it.</param>
    /// <param name="findingsColumnName">The text column of the findings section.</param>
    /// <param name="impressionColumnName">The text column of the impression section.</param>
    /// <param name="uncertainty">What becomes of uncertain findings.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    public MineReportsEstimator MineReports(
        string outputColumnName = "MinedMesh",
        string findingsColumnName = "Findings",
        string impressionColumnName = "Impression",
        UncertaintyPolicy uncertainty = UncertaintyPolicy.Ignore
    ) =>
        MineReports(
            new MineReportsOptions
            {
                OutputColumnName = outputColumnName,
                FindingsColumnName = findingsColumnName,
                ImpressionColumnName = impressionColumnName,
                Uncertainty = uncertainty,
            }
        );

    /// <summary>Reads annotations out of free-text reports, with all options.</summary>
    /// <param name="options">Columns, sections, policies and rules.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="FileNotFoundException">A file of rules is missing.</exception>
    /// <exception cref="InvalidDataException">A file of rules is not understood; the message names file and line.</exception>
    public MineReportsEstimator MineReports(MineReportsOptions options) => new(Context, options);

    /// <summary>
    /// Adds a sampling weight to each row by its label, so that trainers see diseases as often as normal studies (data dropout of the paper).
    /// </summary>
    /// <param name="outputColumnName">The weight column to add: Single, the expected number of draws of the row in an epoch.</param>
    /// <param name="labelColumnName">The label column: a key with text names.</param>
    /// <param name="method">The rule from class sizes to weights.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    public BalanceClassesEstimator BalanceClasses(
        string outputColumnName = "SamplingWeight",
        string labelColumnName = "Label",
        BalancingMethod method = BalancingMethod.DataDropout
    ) =>
        BalanceClasses(
            new BalanceClassesOptions
            {
                OutputColumnName = outputColumnName,
                LabelColumnName = labelColumnName,
                Method = method,
            }
        );

    /// <summary>Adds a sampling weight to each row by its label.</summary>
    /// <param name="options">The method and its numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public BalanceClassesEstimator BalanceClasses(BalanceClassesOptions options) => new(Context, options);

    /// <summary>
    /// Featurizes radiographs by a convolutional network trained to classify their disease labels: Features, Score, PredictedLabel.
    /// </summary>
    /// <param name="imageColumnName">The image column, grey values in [0, 1].</param>
    /// <param name="labelColumnName">The label column, a key.</param>
    /// <param name="architecture">The network; null is <see cref="CnnArchitecture.ResNet18Slim"/>.</param>
    /// <param name="epochs">Passes over the rebalanced rows.</param>
    public ClassifyDiseaseEstimator ClassifyDisease(
        string imageColumnName = "Image",
        string labelColumnName = "Label",
        CnnArchitecture? architecture = null,
        int epochs = OptimizationOptions.DefaultEpochs
    ) =>
        ClassifyDisease(
            new ClassifyDiseaseOptions
            {
                ImageColumnName = imageColumnName,
                LabelColumnName = labelColumnName,
                Architecture = architecture ?? CnnArchitecture.ResNet18Slim,
                Optimization = new() { Epochs = epochs },
            }
        );

    /// <summary>
    /// Featurizes radiographs by a convolutional network trained to classify their disease labels: Features, Score, PredictedLabel.
    /// </summary>
    /// <param name="options">All options.</param>
    public ClassifyDiseaseEstimator ClassifyDisease(ClassifyDiseaseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ClassifyDiseaseEstimator(Context, options);
    }

    /// <summary>
    /// Computes the features of radiographs by a network that was trained already. See <see cref="FeaturizeRadiographsEstimator"/>.
    /// </summary>
    /// <param name="network">The network, which the new stage shares: it works until this one is disposed.</param>
    /// <param name="outputColumnName">The column to write, a vector of Single.</param>
    /// <param name="imageColumnName">The image column, grey values in [0, 1].</param>
    public FeaturizeRadiographsEstimator FeaturizeRadiographs(
        ClassifyDiseaseTransformer network,
        string outputColumnName = "Features",
        string imageColumnName = "Image"
    ) =>
        FeaturizeRadiographs(network, new FeaturizeRadiographsOptions { FeaturesColumnName = outputColumnName, ImageColumnName = imageColumnName });

    /// <summary>Computes the features of radiographs by a network that was trained already, with all options.</summary>
    /// <param name="network">The network, which the new stage shares: it works until this one is disposed.</param>
    /// <param name="options">Columns, batches and variants; what they say of weights and architecture is not read.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public FeaturizeRadiographsEstimator FeaturizeRadiographs(ClassifyDiseaseTransformer network, FeaturizeRadiographsOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(Context, options, network.Model);
    }

    /// <summary>Computes the features of radiographs by a network whose weights are on disk.</summary>
    /// <param name="options">The weights, columns, batches and variants.</param>
    /// <exception cref="ArgumentException">No weights are named.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public FeaturizeRadiographsEstimator FeaturizeRadiographs(FeaturizeRadiographsOptions options) => new(Context, options, network: null);

    /// <summary>
    /// Recurrent decoding of an image's context: a network whose state starts as the image's embedding and whose first word is the disease writes the
    /// annotation (section 3 of the paper's specification).
    /// </summary>
    /// <param name="outputColumnName">The column of annotations in the MeSH grammar; <c>AnnotationTokens</c>, <c>AnnotationProbability</c> and
    /// <c>WordProbability</c> come with it.</param>
    /// <param name="featuresColumnName">The column of image features, a known-size vector of Single.</param>
    /// <param name="labelColumnName">The key column of labels; read when fitting.</param>
    /// <param name="captionColumnName">The text column of captions; read when fitting.</param>
    /// <param name="cell">The recurrent cell.</param>
    /// <param name="search">How an annotation is chosen.</param>
    /// <param name="beamWidth">Hypotheses of beam search, 1 to 1000.</param>
    /// <param name="seed">Seed of the training; null draws one from the context's seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public DecodeContextEstimator DecodeContext(
        string outputColumnName = "Annotation",
        string featuresColumnName = "Features",
        string labelColumnName = "Label",
        string captionColumnName = "Caption",
        RecurrentCell cell = RecurrentCell.Gru,
        DecodingSearch search = DecodingSearch.Beam,
        int beamWidth = 8,
        int? seed = null
    ) =>
        new(
            Context,
            new DecodeContextOptions
            {
                AnnotationColumnName = outputColumnName,
                FeaturesColumnName = featuresColumnName,
                LabelColumnName = labelColumnName,
                CaptionColumnName = captionColumnName,
                Cell = cell,
                Search = search,
                BeamWidth = beamWidth,
                Seed = seed,
            }
        );

    /// <summary>
    /// Recurrent decoding of an image's context: a network whose state starts as the image's embedding and whose first word is the disease writes the
    /// annotation (section 3 of the paper's specification).
    /// </summary>
    /// <param name="options">The network, its training, its search and the columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public DecodeContextEstimator DecodeContext(DecodeContextOptions options) => new(Context, options);

    /// <summary>
    /// Adds the joint image/text context vector of each annotated row; multi-label, of each of its findings. See
    /// <see cref="ContextVectorsEstimator"/>.
    /// </summary>
    /// <param name="decoder">The decoder, which the new stage shares: it works until this one is disposed.</param>
    /// <param name="outputColumnName">The column to write.</param>
    /// <param name="featuresColumnName">The column of image features, of the network that the decoder was trained behind.</param>
    /// <param name="labelColumnName">The label column, of the decoder's label scheme.</param>
    /// <param name="captionColumnName">The text column of annotations in tokens.</param>
    public ContextVectorsEstimator ContextVectors(
        DecodeContextTransformer decoder,
        string outputColumnName = "ContextVector",
        string featuresColumnName = "Features",
        string labelColumnName = "Label",
        string captionColumnName = "Caption"
    ) =>
        ContextVectors(
            decoder,
            new ContextVectorsOptions
            {
                OutputColumnName = outputColumnName,
                FeaturesColumnName = featuresColumnName,
                LabelColumnName = labelColumnName,
                CaptionColumnName = captionColumnName,
            }
        );

    /// <summary>Adds the joint image/text context vectors of annotated rows, with all options.</summary>
    /// <param name="decoder">The decoder, which the new stage shares: it works until this one is disposed.</param>
    /// <param name="options">The columns.</param>
    public ContextVectorsEstimator ContextVectors(DecodeContextTransformer decoder, ContextVectorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return new(Context, options, decoder.Model);
    }

    /// <summary>Splits each label into the groups that the context vectors of its cases form. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="outputColumnName">The key column to write.</param>
    /// <param name="labelColumnName">The key column of base labels.</param>
    /// <param name="contextColumnName">The column of joint image/text context vectors.</param>
    /// <param name="rule">How the number of clusters of a label is chosen.</param>
    /// <param name="maximumClusters">The most clusters a label is split into.</param>
    /// <param name="minimumClusterSize">The fewest cases in a cluster.</param>
    /// <param name="seed">Seed of the clustering; null draws one from the context's seed.</param>
    public RelabelByContextEstimator RelabelByContext(
        string outputColumnName = "Label",
        string labelColumnName = "Label",
        string contextColumnName = "ContextVector",
        ClusterRule rule = ClusterRule.Silhouette,
        int maximumClusters = 8,
        int minimumClusterSize = 25,
        int? seed = null
    ) =>
        RelabelByContext(
            new RelabelByContextOptions
            {
                OutputColumnName = outputColumnName,
                LabelColumnName = labelColumnName,
                ContextColumnName = contextColumnName,
                Clustering = new()
                {
                    Rule = rule,
                    MaximumClusters = maximumClusters,
                    MinimumClusterSize = minimumClusterSize,
                    Seed = seed,
                },
            }
        );

    /// <summary>Splits each label into the groups that the context vectors of its cases form. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="options">Columns and clustering.</param>
    public RelabelByContextEstimator RelabelByContext(RelabelByContextOptions options) => new(Context, options);

    /// <summary>The whole method in one estimator: label mining, rebalancing, image network, context decoder, relabeling, again.</summary>
    /// <param name="iterations">How often image network and decoder are trained; 1 is without the cascade.</param>
    /// <param name="epochs">Epochs of the image network in each iteration; null is those of <see cref="RecurrentCascadeOptions.ForRadiographs"/>, 24
    /// and 14.</param>
    public RecurrentCascadeEstimator RecurrentCascade(int iterations = 2, int? epochs = null)
    {
        RecurrentCascadeOptions options = RecurrentCascadeOptions.ForRadiographs with { Iterations = iterations };
        return RecurrentCascade(
            epochs is not { } number
                ? options
                : options with
                {
                    Classifier = options.Classifier with { Optimization = options.Classifier.Optimization with { Epochs = number } },
                    Refinement = options.Refinement! with { Epochs = number },
                }
        );
    }

    /// <summary>The whole method in one estimator: label mining, rebalancing, image network, context decoder, relabeling, again.</summary>
    /// <param name="options">All options.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public RecurrentCascadeEstimator RecurrentCascade(RecurrentCascadeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RecurrentCascadeEstimator(Context, options);
    }

    /// <summary>Reads a cascade that <see cref="RecurrentCascadeTransformer.Save"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the networks are computed.</param>
    /// <exception cref="FileNotFoundException">There is no cascade in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, of a newer version or of another network; the message names it.</exception>
    public RecurrentCascadeTransformer LoadCascade(string folder, ComputeDevice device = ComputeDevice.Auto) =>
        CascadeFolder.Load(Context, folder, device);

    /// <summary>
    /// Saves a model as <c>MLContext.Model.Save</c> does, but whole or not at all: aside first, flushed to the disk, then renamed. ML.NET itself
    /// writes in place, and a full disk or a killed process costs the earlier model.
    /// </summary>
    /// <param name="model">A model of whatever stages that can be saved.</param>
    /// <param name="inputSchema">The schema of the rows that it takes.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The file could not be written; an earlier one is as it was.</exception>
    /// <exception cref="NotSupportedException">A stage cannot be saved.</exception>
    public void SaveModel(ITransformer model, DataViewSchema inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputSchema);
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, file => Context.Model.Save(model, inputSchema, file));
    }

    /// <summary>
    /// Loads a model as <c>MLContext.Model.Load</c> does, but checks first that every part of the file is what was written: ML.NET itself would score
    /// with changed weights.
    /// </summary>
    /// <param name="path">A file that <see cref="SaveModel"/> or <c>MLContext.Model.Save</c> wrote, of whatever stages.</param>
    /// <param name="inputSchema">The schema of the rows that the model was saved with.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is truncated, changed, foreign, or of a version that is not known here; the message names it
    /// and says why.</exception>
    public ITransformer LoadModel(string path, out DataViewSchema inputSchema)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelArchive.Check(path);
        try
        {
            return Context.Model.Load(path, out inputSchema);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What ML.NET says of a file that it cannot read has many types, and never the file's name.
            throw new InvalidDataException(
                ErrorCode.NotAModel.Message(
                    $"'{path}' is no model that this program can load: {e.Message} It may be of a newer version, or hold stages of a package that "
                        + $"is not referenced."
                ),
                e
            );
        }
    }

    /// <summary>
    /// Trains the cascade several times, each time without one part of the patients, and collects what it reads in them: figures for all rows without
    /// a test set of their own. Single-label or multi-label, depending on the options or the label column.
    /// </summary>
    /// <param name="rows">The rows, as for <see cref="RecurrentCascade(RecurrentCascadeOptions)"/>.</param>
    /// <param name="options">The cascade's options; ValidationFraction is the part of each training's patients that its iteration is chosen
    /// by.</param>
    /// <param name="folds">The number of parts, at least 2.</param>
    /// <param name="groupColumnName">The column whose values are never on two sides.</param>
    /// <param name="splitSeed">Seed of the parts.</param>
    /// <param name="foldStarts">Called with the number (from 1) of each training that starts.</param>
    public CascadeCrossValidation CrossValidateCascade(
        IDataView rows,
        RecurrentCascadeOptions options,
        int folds = 5,
        string groupColumnName = "PatientId",
        int splitSeed = 0,
        Action<int>? foldStarts = null
    ) => CascadeCrossValidation.Run(Context, rows, options, folds, groupColumnName, splitSeed, foldStarts);

    /// <summary>
    /// Measures how well radiographs were read: classification and annotation figures over all and over the abnormal cases, within each source,
    /// beside the trivial baselines, with 95 % intervals by the bootstrap over patients. The type of the label decides which figures there are
    /// (<see cref="AnnotationReport.IsMultiLabel"/>).
    /// </summary>
    /// <param name="scored">
    /// A view with the model's output and the truth: <c>Label, Score, PredictedLabel, Caption, AnnotationTokens</c>, and where present
    /// <c>WordProbability, Source, View, PatientId, StudyId</c>; multi-label <c>Label</c> is a vector of Single (1 present, 0 absent, NaN unknown),
    /// and <c>PredictedLabels</c> takes the place of <c>PredictedLabel</c>. It is read once.
    /// </param>
    /// <param name="options">Column names, resamples, training rows for the baselines; null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">The view is empty, or a score is not a number.</exception>
    public AnnotationReport Evaluate(IDataView scored, EvaluateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        options ??= new EvaluateOptions();
        options.Check();
        (EvaluationCases cases, string? group, string? unit) = ReadScored(scored, options);
        TrivialBaselines trivial = new(
            options.TrainingData is { } training ? EvaluationReader.ReadTraining(training, cases.Scheme, options) : null
        );
        return Evaluation.Report(cases, trivial, options.Resamples, options.Seed, options.AllMetrics, options.CancellationToken) with
        {
            GroupColumn = group,
            IntervalGroupColumn = unit,
        };
    }

    /// <summary>
    /// Measures by how much a second model reads the same radiographs better than a first (for example the cascade's second iteration than its
    /// first): every figure's difference with its 95 % interval by the paired bootstrap, which is far narrower than the distance of two separate
    /// intervals.
    /// </summary>
    /// <param name="first">The first model's view.</param>
    /// <param name="second">The second model's view of the same rows in the same order.</param>
    /// <param name="options">Column names and resamples; null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">
    /// A view is empty, a score is not a number, or the rows (multi-label: or the labels) are not the same.
    /// </exception>
    public AnnotationComparison Compare(IDataView first, IDataView second, EvaluateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        options ??= new EvaluateOptions();
        options.Check();
        return Evaluation.Compare(
            ReadScored(first, options).Cases,
            ReadScored(second, options).Cases,
            options.Resamples,
            options.Seed,
            options.AllMetrics,
            options.CancellationToken
        );
    }

    private (EvaluationCases Cases, string? Group, string? Unit) ReadScored(IDataView view, EvaluateOptions options)
    {
        (EvaluationCases cases, string? group, string? unit) = EvaluationReader.Read(view, options);
        if (Enumerable.Range(0, cases.Count).Count(i => !cases.IsKnown(i)) is > 0 and int unlabelled)
            Warn($"{unlabelled} of {cases.Count} rows have no true label ('{options.LabelColumnName}'): they count for the annotation figures only.");
        if (cases.Emitted is not null && cases.Captions.Count(string.IsNullOrWhiteSpace) is > 0 and int silent)
            Warn(
                $"{silent} of {cases.Count} rows have no true annotation ('{options.CaptionColumnName}'): they count for the classification "
                    + $"figures only."
            );
        if (!cases.IsMultiLabel && !cases.Labels.Contains(cases.NormalLabel))
            Warn(
                $"No label is named '{cases.NormalLabel}': every case counts as abnormal. Name the normal one with "
                    + $"{nameof(EvaluateOptions)}.{nameof(EvaluateOptions.NormalLabel)}."
            );
        return (cases, group, unit);

        void Warn(string message) => StageLog.Warn(Context, nameof(Evaluate), message);
    }
}
