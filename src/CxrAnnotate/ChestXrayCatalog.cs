using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// The catalog of the library, in the order of the method: data, stages, the whole cascade, evaluation. Each stage has a method with common
/// parameters and one with all options. Obtained by <see cref="MLContextExtensions.ChestXray"/>.
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
    /// <param name="outputColumnName">The output column.</param>
    /// <param name="inputColumnName">The text column of the image files.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="imageFolder">The base folder of relative paths; null is the working folder.</param>
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
    /// Derives labels of annotated radiographs, the patterns of MeSH terms with more than a minimum number of cases, and captions as tokens.
    /// </summary>
    /// <param name="labelColumnName">The label column to add: a key with text names; missing for rows whose pattern is too rare.</param>
    /// <param name="meshColumnName">The column of annotations in the MeSH grammar.</param>
    /// <param name="captionColumnName">The caption column to add: text, tokens separated by a space.</param>
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

    /// <summary>Derives labels of annotated radiographs, and captions as tokens.</summary>
    /// <param name="options">The protocol, its thresholds and the columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public MineLabelsEstimator MineLabels(MineLabelsOptions options) => new(Context, options);

    /// <summary>
    /// Extracts annotations in the MeSH grammar from free-text reports: present, absent and uncertain findings. See
    /// <see cref="MineReportsEstimator"/>.
    /// </summary>
    /// <param name="outputColumnName">The annotation column to add, together with <c>AbsentFindings</c>, <c>UncertainFindings</c> and
    /// <c>FindingStates</c>.</param>
    /// <param name="findingsColumnName">The text column of the findings section.</param>
    /// <param name="impressionColumnName">The text column of the impression section.</param>
    /// <param name="uncertainty">How uncertain findings are treated.</param>
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

    /// <summary>Extracts annotations from free-text reports, with all options.</summary>
    /// <param name="options">Columns, sections, policies and rules.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="FileNotFoundException">A rule file is missing.</exception>
    /// <exception cref="InvalidDataException">A rule file cannot be parsed; the message names file and line.</exception>
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
    /// <param name="options">The method and its parameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public BalanceClassesEstimator BalanceClasses(BalanceClassesOptions options) => new(Context, options);

    /// <summary>
    /// Featurizes radiographs by a convolutional network trained to classify their disease labels: Features, Score, PredictedLabel.
    /// </summary>
    /// <param name="imageColumnName">The image column, grey values in [0, 1].</param>
    /// <param name="labelColumnName">The label column, a key.</param>
    /// <param name="architecture">The network; null is <see cref="CnnArchitecture.ResNet18Slim"/>.</param>
    /// <param name="epochs">Epochs over the rebalanced rows.</param>
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

    /// <summary>Computes the features of radiographs by an already trained network. See <see cref="FeaturizeRadiographsEstimator"/>.</summary>
    /// <param name="network">The network, shared by the new stage, which is valid until the network is disposed.</param>
    /// <param name="outputColumnName">The column to write, a vector of Single.</param>
    /// <param name="imageColumnName">The image column, grey values in [0, 1].</param>
    public FeaturizeRadiographsEstimator FeaturizeRadiographs(
        ClassifyDiseaseTransformer network,
        string outputColumnName = "Features",
        string imageColumnName = "Image"
    ) =>
        FeaturizeRadiographs(network, new FeaturizeRadiographsOptions { FeaturesColumnName = outputColumnName, ImageColumnName = imageColumnName });

    /// <summary>Computes the features of radiographs by an already trained network, with all options.</summary>
    /// <param name="network">The network, shared by the new stage, which is valid until the network is disposed.</param>
    /// <param name="options">Columns, batches and variants; weights and architecture are ignored.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public FeaturizeRadiographsEstimator FeaturizeRadiographs(ClassifyDiseaseTransformer network, FeaturizeRadiographsOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(Context, options, network.Model);
    }

    /// <summary>
    /// Shows what parts of an image the findings of a fitted network were read from (<see cref="ExplainFindingsEstimator"/>).
    /// </summary>
    /// <param name="network">The network, shared by the new stage, which is valid until the network is disposed.</param>
    public ExplainFindingsEstimator ExplainFindings(ClassifyDiseaseTransformer network) => ExplainFindings(network, new ExplainFindingsOptions());

    /// <summary>Shows what parts of an image the findings of a fitted network were read from, with all options.</summary>
    /// <param name="network">The network, shared by the new stage, which is valid until the network is disposed.</param>
    /// <param name="options">Columns, method and grid.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="InvalidOperationException">The network has no class activation maps, and these are asked for.</exception>
    public ExplainFindingsEstimator ExplainFindings(ClassifyDiseaseTransformer network, ExplainFindingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(Context, options, network.Model, cascade: null);
    }

    /// <summary>
    /// Shows what parts of an image the findings of a fitted cascade, and the words of its annotation, were read from
    /// (<see cref="ExplainFindingsEstimator"/>).
    /// </summary>
    /// <param name="cascade">The cascade, shared by the new stage, which is valid until the cascade is disposed. Its chosen iteration is
    /// explained.</param>
    public ExplainFindingsEstimator ExplainFindings(RecurrentCascadeTransformer cascade) => ExplainFindings(cascade, new ExplainFindingsOptions());

    /// <summary>
    /// Shows what parts of an image the findings of a fitted cascade, and the words of its annotation, were read from, with all options.
    /// </summary>
    /// <param name="cascade">The cascade, shared by the new stage, which is valid until the cascade is disposed. Its chosen iteration is
    /// explained.</param>
    /// <param name="options">Columns, method and grid.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="InvalidOperationException">The network has no class activation maps, and these are asked for.</exception>
    public ExplainFindingsEstimator ExplainFindings(RecurrentCascadeTransformer cascade, ExplainFindingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(cascade);
        return new(Context, options, cascade.Model.Classifier, cascade.Model);
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
    /// <c>WordProbability</c> are added, too.</param>
    /// <param name="featuresColumnName">The column of image features, a known-size vector of Single.</param>
    /// <param name="labelColumnName">The key column of labels; read when fitting.</param>
    /// <param name="captionColumnName">The text column of captions; read when fitting.</param>
    /// <param name="cell">The recurrent cell.</param>
    /// <param name="search">How an annotation is chosen.</param>
    /// <param name="beamWidth">Hypotheses of beam search, 1 to 1000.</param>
    /// <param name="seed">Seed of the training; null derives one from the context's seed.</param>
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
    /// Adds the joint image/text context vector of each annotated row, or if multi-label of each of its findings. See
    /// <see cref="ContextVectorsEstimator"/>.
    /// </summary>
    /// <param name="decoder">The decoder, shared by the new stage, which is valid until the decoder is disposed.</param>
    /// <param name="outputColumnName">The output column.</param>
    /// <param name="featuresColumnName">The column of image features, from the network that the decoder was trained on.</param>
    /// <param name="labelColumnName">The label column, with the decoder's label scheme.</param>
    /// <param name="captionColumnName">The text column of annotations as tokens.</param>
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
    /// <param name="decoder">The decoder, shared by the new stage, which is valid until the decoder is disposed.</param>
    /// <param name="options">The columns.</param>
    public ContextVectorsEstimator ContextVectors(DecodeContextTransformer decoder, ContextVectorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return new(Context, options, decoder.Model);
    }

    /// <summary>Adds the joint context vectors of annotated rows by the decoder of a cascade.</summary>
    /// <param name="cascade">The cascade, whose decoder the new stage shares; it is valid until the cascade is disposed.</param>
    /// <param name="options">The columns; those of a cascade have the default names.</param>
    public ContextVectorsEstimator ContextVectors(RecurrentCascadeTransformer cascade, ContextVectorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(cascade);
        return new(Context, options, cascade.Model.Decoder);
    }

    /// <summary>Splits each label into clusters of the context vectors of its cases. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="outputColumnName">The output key column.</param>
    /// <param name="labelColumnName">The key column of base labels.</param>
    /// <param name="contextColumnName">The column of joint image/text context vectors.</param>
    /// <param name="rule">How the number of clusters of a label is chosen.</param>
    /// <param name="maximumClusters">The maximum number of clusters of a label.</param>
    /// <param name="minimumClusterSize">The minimum number of cases in a cluster.</param>
    /// <param name="seed">Seed of the clustering; null derives one from the context's seed.</param>
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

    /// <summary>Splits each label into clusters of the context vectors of its cases. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="options">Columns and clustering.</param>
    public RelabelByContextEstimator RelabelByContext(RelabelByContextOptions options) => new(Context, options);

    /// <summary>
    /// Finds for each row the rows of a reference set whose vectors are most similar. See <see cref="FindSimilarEstimator"/>.
    /// </summary>
    /// <param name="count">How many are found.</param>
    /// <param name="inputColumnName">The column of vectors.</param>
    /// <param name="idColumnName">The text column that identifies a reference row; the column added has this name with "Similar" before it.</param>
    /// <param name="similarityColumnName">The column of similarities to add.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public FindSimilarEstimator FindSimilar(
        int count = 5,
        string inputColumnName = "ContextVector",
        string idColumnName = "StudyId",
        string similarityColumnName = "Similarity"
    ) =>
        FindSimilar(
            new FindSimilarOptions
            {
                Count = count,
                InputColumnName = inputColumnName,
                IdColumnNames = [idColumnName],
                SimilarityColumnName = similarityColumnName,
            }
        );

    /// <summary>Finds the most similar rows of a reference set, with all options.</summary>
    /// <param name="options">How many, and columns.</param>
    public FindSimilarEstimator FindSimilar(FindSimilarOptions options) => new(Context, options);

    /// <summary>
    /// The whole method in one estimator: label mining, rebalancing, image network, context decoder, relabeling, and the next iteration.
    /// </summary>
    /// <param name="iterations">The number of iterations; 1 trains without relabeling.</param>
    /// <param name="epochs">Epochs of the image network in each iteration; null uses those of <see cref="RecurrentCascadeOptions.ForRadiographs"/>,
    /// 24 and 14.</param>
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

    /// <summary>
    /// The whole method in one estimator: label mining, rebalancing, image network, context decoder, relabeling, and the next iteration.
    /// </summary>
    /// <param name="options">All options.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public RecurrentCascadeEstimator RecurrentCascade(RecurrentCascadeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RecurrentCascadeEstimator(Context, options);
    }

    /// <summary>Loads a cascade written by <see cref="RecurrentCascadeTransformer.Save"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">The device of the networks.</param>
    /// <exception cref="FileNotFoundException">There is no cascade in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, of a newer version or of another network; the message names it.</exception>
    public RecurrentCascadeTransformer LoadCascade(string folder, ComputeDevice device = ComputeDevice.Auto) =>
        CascadeFolder.Load(Context, folder, device);

    /// <summary>
    /// Saves a model like <c>MLContext.Model.Save</c>, but atomically: to a temporary file first, flushed to disk, then renamed. ML.NET itself writes
    /// in place, so a full disk or a killed process destroys the earlier model.
    /// </summary>
    /// <param name="model">A model of any stages that can be saved.</param>
    /// <param name="inputSchema">The schema of its input.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    /// <exception cref="NotSupportedException">A stage cannot be saved.</exception>
    public void SaveModel(ITransformer model, DataViewSchema inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputSchema);
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, file => Context.Model.Save(model, inputSchema, file));
    }

    /// <summary>
    /// Loads a model like <c>MLContext.Model.Load</c>, but checks first that no part of the file is damaged: ML.NET itself would score with damaged
    /// weights.
    /// </summary>
    /// <param name="path">A file written by <see cref="SaveModel"/> or <c>MLContext.Model.Save</c>, with any stages.</param>
    /// <param name="inputSchema">The input schema that the model was saved with.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is truncated, damaged, foreign, or of an unknown version; the message names it and says
    /// why.</exception>
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
            // ML.NET's exceptions for unreadable files are of many types and never name the file.
            throw new InvalidDataException(
                ErrorCode.NotAModel.Message(
                    $"'{path}' is not a model that this program can load: {e.Message} It may be of a newer version, or have stages of a package that "
                        + $"is not referenced."
                ),
                e
            );
        }
    }

    /// <summary>
    /// Cross-validates the cascade: trains it several times, each time without one fold of the patients, and collects its readings of that fold. This
    /// evaluates all rows without a separate test set. Single-label or multi-label, depending on the options or the label column.
    /// </summary>
    /// <param name="rows">The rows, as for <see cref="RecurrentCascade(RecurrentCascadeOptions)"/>.</param>
    /// <param name="options">The cascade's options; ValidationFraction is the fraction of each training's patients used to choose its
    /// iteration.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="groupColumnName">The column whose values folds never separate.</param>
    /// <param name="splitSeed">Seed of the folds.</param>
    /// <param name="foldStarts">Called with the number (from 1) of each fold when its training starts.</param>
    /// <param name="withControl">Whether the control of each training reads the rows, too (<see cref="CascadeCrossValidation.Control"/>).</param>
    public CascadeCrossValidation CrossValidateCascade(
        IDataView rows,
        RecurrentCascadeOptions options,
        int folds = 5,
        string groupColumnName = "PatientId",
        int splitSeed = 0,
        Action<int>? foldStarts = null,
        bool withControl = false
    ) => CascadeCrossValidation.Run(Context, rows, options, folds, groupColumnName, splitSeed, foldStarts, withControl);

    /// <summary>
    /// Audits rows before anything is learnt from them: unreadable files, copies, contradicting annotations, patients on two sides of the split,
    /// classes that are too rare, shortcuts (what borders, file properties, columns and the like tell of the findings), labels that may be wrong.
    /// Every file is read once.
    /// </summary>
    /// <param name="data">Rows with <c>ImagePath</c> and <c>Mesh</c>, and if present <c>PatientId, StudyId, Split, Source, View, Manufacturer,
    /// PatientSex, PatientAge</c>, as <see cref="DataCatalog"/> loads them.</param>
    /// <param name="options">Loading, label mining, folds, limits; null uses the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="InvalidOperationException">The view is empty.</exception>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded; or libtorch, with <see cref="DataAuditOptions.Pretrained"/>.</exception>
    public DataAuditReport Audit(IDataView data, DataAuditOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new DataAuditOptions();
        options.Check();
        return new DataAuditor(Context, data, options).Audit();
    }

    /// <summary>
    /// The picture of the joint image/text space of annotated rows: projection, clusters of the labels, the most typical case and words of each. See
    /// <see cref="JointSpace"/>.
    /// </summary>
    /// <param name="cascade">The cascade whose decoder makes the context vectors, of the image and the true annotation.</param>
    /// <param name="rows">
    /// Annotated rows, as for training; or, so that no image is read twice, what <paramref name="cascade"/> made of them, for example cached. They
    /// are read once. Of rows with several findings each finding is a case.
    /// </param>
    /// <param name="clustering">How labels are divided; null for the defaults.</param>
    /// <param name="cancellation">Cancels it.</param>
    /// <returns>The picture; its cases are rows of the view, from 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type, or an option is out of its range.</exception>
    public JointSpace DescribeJointSpace(
        RecurrentCascadeTransformer cascade,
        IDataView rows,
        ContextClusteringOptions? clustering = null,
        CancellationToken cancellation = default
    )
    {
        IReadOnlyList<SpaceCase> cases = SpaceCase.Read(WithTrueContexts(cascade, rows), withDecisions: false, cancellation);
        JointSpace space = SpaceProjection.Of(
            [.. cases.Select(one => one.Vector)],
            [.. cases.Select(one => one.Label)],
            [.. cases.Select(one => one.Words)],
            clustering,
            cancellation
        );
        return space with
        {
            Points = [.. space.Points.Select(point => point with { Case = cases[point.Case].Row })],
            Clusters = [.. space.Clusters.Select(cluster => cluster with { Medoid = cases[cluster.Medoid].Row })],
        };
    }

    /// <summary>
    /// The clusters in which a cascade does worst, among annotated rows that it was not trained on. See <see cref="ErrorSlices"/>.
    /// </summary>
    /// <param name="cascade">The cascade.</param>
    /// <param name="rows">
    /// Annotated rows; or, so that no image is read twice, what <paramref name="cascade"/> made of them, for example cached. They are read once. Of
    /// rows with several findings each finding is a case, which is wrong if it was not detected.
    /// </param>
    /// <param name="options">How to look; null for the defaults.</param>
    /// <returns>The slices, the worst first; their cases are rows of the view, from 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type, or an option is out of its range.</exception>
    public IReadOnlyList<ErrorSlice> FindErrorSlices(RecurrentCascadeTransformer cascade, IDataView rows, ErrorSlicesOptions? options = null)
    {
        IReadOnlyList<SpaceCase> cases = SpaceCase.Read(
            WithTrueContexts(cascade, rows),
            withDecisions: true,
            options?.Cancellation ?? CancellationToken.None
        );
        IReadOnlySet<string>[] words = [.. cases.Select(one => TypicalWord.In(one.Words))];
        return
        [
            .. ErrorSlices
                .Find([.. cases.Select(one => one.Vector)], [.. cases.Select(one => one.Label)], [.. cases.Select(one => one.IsWrong)], options)
                .Select(slice =>
                    slice with
                    {
                        Cases = [.. slice.Cases.Select(one => cases[one].Row)],
                        Medoid = cases[slice.Medoid].Row,
                        Words = TypicalWord.Of(slice.Cases, words, TypicalWord.Most),
                    }
                ),
        ];
    }

    /// <summary>
    /// The readings of rows, with the context vectors of their true annotations: those of what was read tell what is wrong, which is to be found out.
    /// </summary>
    private IDataView WithTrueContexts(RecurrentCascadeTransformer cascade, IDataView rows)
    {
        ArgumentNullException.ThrowIfNull(cascade);
        ArgumentNullException.ThrowIfNull(rows);
        IDataView read = rows.Schema.GetColumnOrNull("Features") is null ? cascade.Transform(rows) : rows;
        return ContextVectors(cascade, new ContextVectorsOptions()).Fit(read).Transform(read);
    }

    /// <summary>
    /// Evaluates readings: classification and annotation metrics over all and over the abnormal cases, within each source, beside the trivial
    /// baselines, with 95 % intervals by the bootstrap over patients. The type of the label decides between single-label and multi-label metrics
    /// (<see cref="AnnotationReport.IsMultiLabel"/>).
    /// </summary>
    /// <param name="scored">
    /// A view with the model's output and the truth: <c>Label, Score, PredictedLabel, Caption, AnnotationTokens</c>, and if present
    /// <c>WordProbability, Source, View, PatientId, StudyId</c>; if multi-label, <c>Label</c> is a vector of Single (1 present, 0 absent, NaN
    /// unknown), and <c>PredictedLabels</c> replaces <c>PredictedLabel</c>. It is read once.
    /// </param>
    /// <param name="options">Column names, resamples, training rows for the baselines; null uses the defaults.</param>
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
    /// Compares two models on the same radiographs (for example the cascade's second iteration with its first): the difference of every metric with
    /// its 95 % interval by the paired bootstrap, which is far more sensitive than a comparison of separate intervals.
    /// </summary>
    /// <param name="first">The first model's view.</param>
    /// <param name="second">The second model's view of the same rows in the same order.</param>
    /// <param name="options">Column names and resamples; null uses the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">
    /// A view is empty, a score is not a number, or the rows (if multi-label, also the labels) differ.
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

    /// <summary>The readings of a scored view as a table to keep, so that models can be compared later without reading again.</summary>
    /// <param name="scored">A view as for <see cref="Evaluate"/>.</param>
    /// <param name="images">What recognizes each row's image in other tables, for example <see cref="TrainedRows.ImageHashes"/>.</param>
    /// <param name="options">Column names; null uses the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="ArgumentException">There is not one image for each row.</exception>
    /// <exception cref="InvalidOperationException">The view is empty, or a score is not a number.</exception>
    public CaseTable ToCases(IDataView scored, IReadOnlyList<string> images, EvaluateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new EvaluateOptions();
        options.Check();
        return CaseTable.Of(ReadScored(scored, options).Cases, images);
    }

    /// <summary>Reads a table that <see cref="CaseTable.Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isMultiLabel">Whether a case may have several labels.</param>
    /// <param name="normalLabel">The label of a case without findings.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a table.</exception>
    public CaseTable LoadCases(string path, bool isMultiLabel, string normalLabel = MeshAnnotation.Normal)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(normalLabel);
        using SkippedRows skipped = new(Context, path);
        return CaseTable.Of(CsvTable.Read(path, skipped), path, isMultiLabel, normalLabel);
    }

    private (EvaluationCases Cases, string? Group, string? Unit) ReadScored(IDataView view, EvaluateOptions options)
    {
        (EvaluationCases cases, string? group, string? unit) = EvaluationReader.Read(view, options);
        if (Enumerable.Range(0, cases.Count).Count(i => !cases.IsKnown(i)) is > 0 and int unlabelled)
            Warn($"{unlabelled} of {cases.Count} rows have no true label ('{options.LabelColumnName}'): they count only in the annotation figures.");
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
