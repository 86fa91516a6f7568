using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Shows what parts of an image the findings of a fitted network or cascade, and the words of a cascade's annotation, were read from: a grid of cells
/// over the image, 0 where nothing spoke for the subject, 1 where most did.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column | Image (vector of Single [1, H, W], of the size that the network was trained on) |
/// | Output columns | HeatMaps: vector of Single [findings, rows, columns]; for a cascade also WordHeatMaps: vector of Single [words, rows,
/// columns]. Their annotation "Subjects" names the findings and words |
/// | Missing values | NaN in the maps of what the image was not read to have (<see cref="ExplainFindingsOptions.All"/>), and in all maps of a missing
/// image |
/// | Saved models | the stage cannot be saved, since stock stages have no gradients: save the cascade, and explain its readings by
/// <see cref="RadiographAnnotator.Explain(string, ExplanationOptions?)"/> |
/// </remarks>
public sealed class ExplainFindingsEstimator : IEstimator<ExplainFindingsTransformer>
{
    private readonly MLContext _context;
    private readonly ExplainFindingsOptions _options;
    private readonly ClassifierModel _classifier;
    private readonly CascadeModel? _cascade;

    internal ExplainFindingsEstimator(MLContext context, ExplainFindingsOptions options, ClassifierModel classifier, CascadeModel? cascade)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.Method == ExplanationMethod.ClassActivation && !classifier.Network.ReadsMapsLinearly)
            throw new InvalidOperationException(
                ErrorCode.OptionConflict.Message(
                    $"{classifier.Network.Architecture} does not read its feature maps linearly, so that it has no class activation maps. Use "
                        + $"{nameof(ExplanationMethod.GradCam)} or {nameof(ExplanationMethod.Occlusion)}."
                )
            );
        (_context, _options, _classifier, _cascade) = (context, options, classifier, cascade);
    }

    /// <summary>Checks the columns. Reads no row.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing, or of another type or size.</exception>
    public ExplainFindingsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new ExplainFindingsTransformer(_context, _options, _classifier, _cascade);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>The input's schema with the maps added.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.Require(inputSchema, _options.ImageColumnName, ImageColumn.IsImageShape, ImageColumn.Expected, "image");
        OutputShape[] words = _cascade is null
            ? []
            : [OutputShape.Vector(_options.WordHeatMapsColumnName, ExplainFindingsTransformer.SubjectsKind)];
        return SchemaShapes.With(
            _context,
            inputSchema,
            [OutputShape.Vector(_options.HeatMapsColumnName, ExplainFindingsTransformer.SubjectsKind), .. words]
        );
    }
}
