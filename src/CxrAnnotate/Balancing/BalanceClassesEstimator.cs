using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Weights rows so that a trainer that samples its mini-batches by these weights sees diseases as often as normal studies (Shin et al., 2016, section
/// 4: nearly three in four annotated studies are normal). No row of the view is dropped or repeated.
/// </summary>
/// <remarks>
/// <para>Needs training: yes, one pass over the label column. Input: key with text names. Output: Single.</para>
/// <para>A row without a label gets the weight 0. Only training needs the weights: if the label column is absent, as in scoring, the transformer
/// passes rows through unchanged.</para>
/// </remarks>
public sealed class BalanceClassesEstimator : IEstimator<BalanceClassesTransformer>
{
    private const string Name = "BalanceClasses";

    private readonly MLContext _context;
    private readonly BalanceClassesOptions _options;

    internal BalanceClassesEstimator(MLContext context, BalanceClassesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options with { NormalLabels = [.. options.NormalLabels] };
    }

    /// <summary>The input's schema with the weight column added.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing or is not a key with text names.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireTextKey(inputSchema, _options.LabelColumnName);
        return SchemaShapes.With(_context, inputSchema, OutputShape.Single(_options.OutputColumnName));
    }

    /// <summary>Counts the rows of each label.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing or is not a key with text names.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public BalanceClassesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnReader reader = new(input);
        TextKeyColumn labels = reader.Key(_options.LabelColumnName);
        reader.Read(cancellation: _options.Cancellation);

        string[] names = labels.Names;
        int[] counts = new int[names.Length];
        foreach (int label in labels.ClassIndices())
        {
            if (label >= 0)
                counts[label]++;
        }
        int classes = counts.Count(n => n > 0);
        if (classes == 0)
        {
            throw new InvalidOperationException(
                ErrorCode.NoLabel.Message(
                    $"No row has a value in the label column '{_options.LabelColumnName}' ({reader.RowCount} rows read). Check the label mining's "
                        + $"minimum number of cases."
                )
            );
        }
        if (classes == 1)
            StageLog.Warn(_context, Name, $"All labelled rows are '{names[Array.FindIndex(counts, n => n > 0)]}': there is nothing to balance.");
        else if (
            _options.Method == BalancingMethod.DataDropout
            && !names.Where((_, i) => counts[i] > 0).Any(n => ClassWeights.IsNormal(n, _options.NormalLabels))
        )
            StageLog.Warn(
                _context,
                Name,
                $"No row is labelled {string.Join(" or ", _options.NormalLabels.Select(n => $"'{n}'"))}: no row is omitted from an epoch. Set "
                    + $"NormalLabels."
            );

        return new BalanceClassesTransformer(
            _context,
            _options.OutputColumnName,
            _options.LabelColumnName,
            names,
            counts,
            ClassWeights.Compute(names, counts, _options)
        );
    }
}
