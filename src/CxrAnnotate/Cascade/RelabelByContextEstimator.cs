using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Relabels cases by their context: clusters the joint image/text context vectors of each label's cases and makes each cluster a label of its own,
/// <c>calcified_granuloma#1</c>, <c>calcified_granuloma#2</c>, ..., so that a classifier trained again learns where a finding lies and how severe it
/// is, not only what it is
/// (the cascade of Shin et al., 2016). Normal labels stay whole. The base label of a new one is what stands before the '#'.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>Needs training</term><description>yes, one pass</description></item>
/// <item><term>Reads</term><description>a key with text names, and a vector of Single of known size</description></item>
/// <item><term>Writes</term><description>a key with text names, in the order of the base labels; missing where the base label is missing or, of a
/// split label, the vector has a NaN</description></item>
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
        TextKeyColumn labels = reader.Key(_options.LabelColumnName);
        SingleVectorColumn vectors = reader.Vector(_options.ContextColumnName, "context");
        if (Array.Find(labels.Names, name => name.Contains(BaseLabels.Separator, StringComparison.Ordinal)) is { } relabelled)
            throw AlreadySplit(relabelled, _options.LabelColumnName, SchemaChecks.InputSchema);
        reader.Read();

        using IChannel channel = _host.Start("Relabel by context");
        int[] classes = labels.ClassIndices();
        int unusable = vectors.Values.Where((vector, i) => classes[i] >= 0 && !Array.TrueForAll(vector, float.IsFinite)).Count();
        if (classes.Count(label => label >= 0) == unusable)
        {
            throw new InvalidOperationException(
                ErrorCode.NothingToRelabel.Message(
                    $"No row has both a label in column '{_options.LabelColumnName}' and a finite vector in column '{_options.ContextColumnName}': "
                        + $"there is nothing to relabel by."
                )
            );
        }
        if (unusable > 0)
            channel.Warning(
                MessageSensitivity.None,
                $"{unusable} of {reader.RowCount} rows have a context vector with NaN or infinite values and are left out of the clustering."
            );
        ContextClusters clusters = ContextClustering.Fit(labels.Names, classes, vectors.Values, _options.Clustering, _seed);
        channel.Info(
            MessageSensitivity.None,
            $"{clusters.Names.Count} labels from {clusters.BaseNames.Length}: {clusters.Labels.Count(label => label.Centroids.Length > 0)} were "
                + $"split."
        );
        return new RelabelByContextTransformer(_context, _options, clusters);
    }

    /// <summary>The shape with the new label column.</summary>
    /// <param name="inputSchema">The shape of the training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireTextKey(inputSchema, _options.LabelColumnName);
        SchemaShapes.RequireVector(inputSchema, _options.ContextColumnName, "context");
        return SchemaShapes.With(_context, inputSchema, OutputShape.TextKey(_options.OutputColumnName));
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
