using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Computes joint image/text context vectors (Shin et al., 2016, section 5): the decoder starts from the image's features, reads the row's
/// annotation, and its hidden states are averaged over the annotation's words. Images with similar vectors look alike and have similar descriptions;
/// <see cref="RelabelByContextEstimator"/> clusters them.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input columns | Features (vector of Single), Label (key, or vector of Single with findings as slot names), Caption (text) |
/// | Output column | ContextVector: single-label a vector of Single with the decoder's hidden size; multi-label a matrix [findings, hidden size]
/// whose rows are in the order of the base labels of the label column's slots |
/// | Missing values | all NaN if the row has no label, no caption or missing features. In a matrix, NaN for findings that are not
/// present or have no term in the caption |
/// | At scoring | rows without a label column pass through; a saved model has no such column |
/// </remarks>
public sealed class ContextVectorsEstimator : IEstimator<ContextVectorsTransformer>
{
    private readonly MLContext _context;
    private readonly ContextVectorsOptions _options;
    private readonly DecoderModel _decoder;

    internal ContextVectorsEstimator(MLContext context, ContextVectorsOptions options, DecoderModel decoder)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options;
        _decoder = decoder;
    }

    /// <summary>Checks the columns. Reads no row.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public ContextVectorsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new ContextVectorsTransformer(_context, _options, _decoder);
        transformer.Require(input.Schema);
        return transformer;
    }

    /// <summary>The input's schema with the context vectors added.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireVector(inputSchema, _options.FeaturesColumnName, "feature");
        SchemaShapes.RequireText(inputSchema, _options.CaptionColumnName, "caption");
        LabelShape.Of(_decoder.Configuration.LabelScheme).Require(inputSchema, _options.LabelColumnName);
        return SchemaShapes.With(_context, inputSchema, OutputShape.Vector(_options.OutputColumnName));
    }
}
