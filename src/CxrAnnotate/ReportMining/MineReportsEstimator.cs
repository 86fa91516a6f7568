using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Extracts annotations from free-text reports: findings with place, side and severity in the MeSH grammar of the Open-i collection, classified as
/// present, absent or uncertain by rules of negation and uncertainty (after NegEx, Chapman et al., 2001, and NegBio, Peng et al., 2018). Reports must
/// be in English.
/// </summary>
/// <remarks>
/// <para>Needs training: no; the rules are fixed, and can be extended or replaced by files (<c>docs/reports.md</c> describes them). Works row by row.
/// Input: the text columns of the sections. Output: the annotation (text; <c>normal</c> if the report says that the chest is normal, empty if it
/// contains nothing that the rules know or only uncertain findings), the names of absent and of uncertain findings (text), a vector of states
/// with a slot for each finding, and, if <see cref="MineReportsOptions.CheXpertColumnName"/> names a column, one of CheXpert's 14 labels.</para>
/// <para>No text is an error; a missing or empty section is ignored.</para>
/// </remarks>
public sealed class MineReportsEstimator : IEstimator<MineReportsTransformer>
{
    private readonly MLContext _context;
    private readonly MineReportsOptions _options;
    private readonly ReportRules _rules;

    internal MineReportsEstimator(MLContext context, MineReportsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options with { AdditionalRulesFiles = [.. options.AdditionalRulesFiles] };
        _rules = _options.ReadRules();
    }

    /// <summary>Checks the schema; reads no row.</summary>
    /// <param name="input">The rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A section's column is missing or is not text.</exception>
    public MineReportsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        MineReportsTransformer transformer = new(_context, _options, _rules);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>The input's shape with the columns added.</summary>
    /// <param name="inputSchema">The shape of the rows to come.</param>
    /// <exception cref="ArgumentOutOfRangeException">A section's column is missing or is not text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (_options.Sections.HasFlag(ReportSections.Findings))
            SchemaShapes.RequireText(inputSchema, _options.FindingsColumnName);
        if (_options.Sections.HasFlag(ReportSections.Impression))
            SchemaShapes.RequireText(inputSchema, _options.ImpressionColumnName);
        return SchemaShapes.With(
            _context,
            inputSchema,
            [
                OutputShape.Text(_options.OutputColumnName),
                OutputShape.Text(_options.AbsentColumnName),
                OutputShape.Text(_options.UncertainColumnName),
                OutputShape.NamedVector(_options.StatesColumnName),
                .. _options.CheXpertColumnName is { } labels ? [OutputShape.NamedVector(labels)] : (OutputShape[])[],
            ]
        );
    }
}
