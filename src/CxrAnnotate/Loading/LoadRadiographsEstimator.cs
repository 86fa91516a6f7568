using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Reads image files into vectors of grey values in [0, 1] with dimensions [1, height, width], row-major (section 2.3 of the method: aspect ratio
/// ignored; 144 x 144 by default). Nothing is learned. Colour becomes luma, reductions are antialiased; <see cref="LoadRadiographsOptions.Range"/>
/// sets which values are black and white.
/// </summary>
/// <remarks>
/// A file that cannot be read (missing, empty, truncated, too large, not an image) does not stop the cursor: its image is missing, a vector of NaN,
/// and the context's log gets a warning that names the file, and a count at the end. Training stages skip such rows; ML.NET's
/// <c>FilterRowsByMissingValues</c> removes them from a view. A DICOM file that does not keep to the standard and is read nevertheless
/// (<see cref="InputWarningKind.ReadLeniently"/>) gets a warning that says what was taken, and a count as well.
/// </remarks>
public sealed class LoadRadiographsEstimator : IEstimator<LoadRadiographsTransformer>
{
    private readonly MLContext _context;
    private readonly LoadRadiographsOptions _options;

    internal LoadRadiographsEstimator(MLContext context, LoadRadiographsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options;
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The path column is missing or is not text.</exception>
    public LoadRadiographsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new LoadRadiographsTransformer(_context, _options);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireText(inputSchema, _options.InputColumnName);
        return SchemaShapes.With(_context, inputSchema, OutputShape.Vector(_options.OutputColumnName));
    }
}
