using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Relabels cases by their context: clusters the joint image/text context vectors of each label's cases and makes each cluster a label of its own,
/// <c>calcified_granuloma#1</c>, <c>calcified_granuloma#2</c>, ..., so that a classifier trained again learns where a finding lies and how severe it
/// is, not only what it is
/// (the cascade of Shin et al., 2016). Each present finding of a multi-label row is a case of its own. Normal labels stay whole. The base label of a
/// new one is what stands before the '#'.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>Needs training</term><description>yes, one pass</description></item>
/// <item><term>Reads</term><description>a key with text names and a vector of Single of known size R; or, multi-label, a vector of Single with
/// findings as slot names (1 present, 0 absent, NaN unknown) and a matrix of Single [findings, R], as <see cref="ContextVectorsEstimator"/> writes
/// it</description></item>
/// <item><term>Writes</term><description>a key with text names, in the order of the base labels; missing where the base label is missing or, of a
/// split label, the vector has a NaN. Multi-label, a vector of Single with the new labels as slot names: a present finding is 1 at its part and 0 at
/// its other parts, all of which are NaN where the finding's vector has a NaN</description></item>
/// <item><term>At scoring</term><description>passes rows through where there is no label column, and saves as nothing: a saved model needs no
/// labels</description></item>
/// </list>
/// </remarks>
public sealed class RelabelByContextEstimator : IEstimator<RelabelByContextTransformer>
{
    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly RelabelByContextOptions _options;
    private readonly int _seed;

    internal RelabelByContextEstimator(MLContext context, RelabelByContextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options;
        _host = ((IHostEnvironment)context).Register("RelabelByContext");
        _seed = options.Clustering.Seed ?? _host.Rand.Next();
    }

    /// <summary>Clusters the context vectors of every label's rows. Rows without a label or with a vector that is not finite are left out.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, has the wrong type, or holds labels that were relabelled
    /// already.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and a context vector.</exception>
    public RelabelByContextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnReader reader = new(input);
        bool multi = LabelShape.IsMultiLabel(input.Schema, _options.LabelColumnName);
        TextKeyColumn? keys = multi ? null : reader.Key(_options.LabelColumnName);
        SingleVectorColumn? findings = multi ? reader.Vector(_options.LabelColumnName, "label") : null;
        string[] names = keys?.Names ?? findings!.SlotNames!;
        SingleVectorColumn vectors = reader.Vector(_options.ContextColumnName, "context");
        if (Array.Find(names, name => name.Contains(BaseLabels.Separator, StringComparison.Ordinal)) is { } relabelled)
            throw AlreadySplit(relabelled, _options.LabelColumnName, SchemaChecks.InputSchema);
        int size = RelabelByContextTransformer.SizeOf(vectors.Column, multi ? names.Length : 1);
        reader.Read();

        using IChannel channel = _host.Start("Relabel by context");
        (int Label, float[] Vector)[] cases =
        [
            .. Enumerable
                .Range(0, reader.RowCount)
                .SelectMany(row =>
                    Present(row).Select(label => (label, multi ? vectors.Values[row][(label * size)..((label + 1) * size)] : vectors.Values[row]))
                ),
        ];
        int unusable = cases.Count(c => !Array.TrueForAll(c.Vector, float.IsFinite));
        if (cases.Length == unusable)
        {
            throw new InvalidOperationException(
                ErrorCode.NothingToRelabel.Message(
                    $"No row has both a label in column '{_options.LabelColumnName}' and a finite vector in column '{_options.ContextColumnName}': "
                        + $"there is nothing to relabel by."
                )
            );
        }
        // A finding without a term in the caption is nothing unusual.
        if (unusable > 0 && multi)
            channel.Info(
                MessageSensitivity.None,
                $"{unusable} of {cases.Length} findings have no context vector and are left out of the clustering."
            );
        else if (unusable > 0)
            channel.Warning(
                MessageSensitivity.None,
                $"{unusable} of {reader.RowCount} rows have a context vector with NaN or infinite values and are left out of the clustering."
            );
        ContextClusters clusters = ContextClustering.Fit(
            names,
            [.. cases.Select(c => c.Label)],
            [.. cases.Select(c => c.Vector)],
            _options.Clustering,
            _seed,
            _options.Cancellation
        );
        channel.Info(
            MessageSensitivity.None,
            $"{clusters.Names.Count} labels from {clusters.BaseNames.Length}: {clusters.Labels.Count(label => label.Centroids.Length > 0)} were "
                + $"split."
        );
        return new RelabelByContextTransformer(_context, _options, clusters, multi);

        IEnumerable<int> Present(int row) =>
            keys is not null
                ? keys.Values[row] is > 0 and var key
                    ? [(int)key - 1]
                    : []
                : Enumerable.Range(0, names.Length).Where(label => findings!.Values[row][label] == 1);
    }

    /// <summary>The shape with the new label column.</summary>
    /// <param name="inputSchema">The shape of the training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        bool multi = LabelShape.IsMultiLabel(inputSchema, _options.LabelColumnName);
        SchemaShapes.RequireVector(inputSchema, _options.ContextColumnName, "context");
        return SchemaShapes.With(
            _context,
            inputSchema,
            multi ? OutputShape.NamedVector(_options.OutputColumnName) : OutputShape.TextKey(_options.OutputColumnName)
        );
    }

    private static ArgumentOutOfRangeException AlreadySplit(string label, string column, string paramName) =>
        new(
            paramName,
            ErrorCode.LabelValue.Message(
                $"The label '{label}' of column '{column}' contains '{BaseLabels.Separator}', which marks the parts of a split label. Relabel the "
                    + $"column of base labels."
            )
        );
}
