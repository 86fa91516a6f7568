using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Computes the features of radiographs by a network that is not trained further: one trained by <see cref="ClassifyDiseaseEstimator"/>, or one
/// loaded from a file, such as the ImageNet weights (<see cref="FeaturizeRadiographsOptions.Pretrained"/>). The features are an ordinary vector
/// column, for any ML.NET trainer or for <see cref="DecodeContextEstimator"/>.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column | image (see <see cref="FeaturizeRadiographsOptions.ImageColumnName"/>), of the size that the network was trained on |
/// | Output columns | Features (vector of Single, NaN if the image is missing); FeatureViews (matrix of Single) if Views is above 0 |
/// | Memory | one batch of images; rows are computed when a cursor reads them, so cache features that a trainer reads more than once |
/// | Required NuGet in addition to Microsoft.ML | CxrAnnotate and a TorchSharp backend |
/// </remarks>
public sealed class FeaturizeRadiographsEstimator : IEstimator<FeaturizeRadiographsTransformer>
{
    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly FeaturizeRadiographsOptions _options;
    private readonly ClassifierModel? _network;
    private readonly int _seed;

    internal FeaturizeRadiographsEstimator(MLContext context, FeaturizeRadiographsOptions options, ClassifierModel? network)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (network is null && (options.Weights ?? options.Pretrained) is null)
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message(
                    $"{nameof(FeaturizeRadiographsOptions)}.{nameof(options.Pretrained)} or {nameof(options.Weights)} must name the weights if no "
                        + "fitted network is given."
                ),
                nameof(options)
            );
        _context = context;
        _options = options;
        _network = network;
        _host = ((IHostEnvironment)context).Register(nameof(FeaturizeRadiographsEstimator));
        _seed = options.Seed ?? (options.Views > 0 ? _host.Rand.Next() : 0);
    }

    /// <summary>Checks the image column and loads the weights, if they come from a file. Reads no row.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing, or of another type or size.</exception>
    /// <exception cref="FileNotFoundException">There are no weights at the path.</exception>
    /// <exception cref="InvalidDataException">The weights are damaged, or do not fit the network.</exception>
    public FeaturizeRadiographsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var image = new ImageColumn(input.Schema, _options.ImageColumnName);
        if (_network is not null)
            return new FeaturizeRadiographsTransformer(_context, _options, _seed, _network, ownsNetwork: false, image.Source);
        using IChannel channel = _host.Start("Loading the image network");
        ClassifierModel loaded = PretrainedNetwork.Load(
            _options,
            image.Height,
            image.Width,
            TorchSession.Device(_options.Device, _context),
            message => channel.Warning(MessageSensitivity.None, message)
        );
        try
        {
            image.RequireSize(loaded.Configuration.Height, loaded.Configuration.Width);
            return new FeaturizeRadiographsTransformer(_context, _options, _seed, loaded, ownsNetwork: true, image.Source);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>The input's schema with the features added.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.Require(inputSchema, _options.ImageColumnName, ImageColumn.IsImageShape, ImageColumn.Expected, "image");
        OutputShape[] views = _options.Views > 0 ? [OutputShape.Vector(_options.FeatureViewsColumnName)] : [];
        return SchemaShapes.With(_context, inputSchema, [OutputShape.Vector(_options.FeaturesColumnName), .. views]);
    }
}
