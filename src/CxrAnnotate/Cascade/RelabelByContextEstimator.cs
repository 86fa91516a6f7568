using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Relabels cases by their context: clusters the joint image/text context vectors of each label's cases and makes each cluster a separate label,
/// <c>calcified_granuloma#1</c>, <c>calcified_granuloma#2</c>, ..., so that a retrained classifier also learns the location and severity of a finding
/// (the cascade of Shin et al., 2016). Each present finding of a multi-label row is a separate case. Normal labels are not split. The base label of a
/// part is its name up to the '#'.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>Needs training</term><description>yes, one pass</description></item>
/// <item><term>Reads</term><description>a key with text names and a vector of Single of known size R; or, multi-label, a vector of Single with
/// findings as slot names (1 present, 0 absent, NaN unknown) and a matrix of Single [findings, R], as <see cref="ContextVectorsEstimator"/> writes
/// it</description></item>
/// <item><term>Writes</term><description>a key with text names, in the order of the base labels; missing if the base label is missing or if the label
/// is split and the vector has a NaN. Multi-label, a vector of Single with the new labels as slot names: a present finding is 1 at its part and 0 at
/// its other parts, or NaN at all of them if the finding's vector has a NaN</description></item>
/// <item><term>At scoring</term><description>passes rows without a label column through; a saved model omits the stage, since it needs no
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

    /// <summary>Clusters the context vectors of every label's rows, ignoring rows without a label or with a non-finite vector.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, has the wrong type, or contains relabelled labels.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and a context vector.</exception>
    public RelabelByContextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnReader reader = new(input);
        LabelColumn label = reader.Label(_options.LabelColumnName);
        LabelShape shape = LabelShape.Of(label.Scheme);
        string[] names = label.Names;
        SingleVectorColumn vectors = reader.Vector(_options.ContextColumnName, "context");
        if (Array.Find(names, name => name.Contains(BaseLabels.Separator, StringComparison.Ordinal)) is { } relabelled)
            throw AlreadySplit(relabelled, _options.LabelColumnName, SchemaChecks.InputSchema);
        int size = RelabelByContextTransformer.SizeOf(vectors.Column, shape.Scheme.Written(names.Length));
        reader.Read();

        using IChannel channel = _host.Start("Relabel by context");
        (int Label, float[] Vector)[] cases =
        [
            .. from row in Enumerable.Range(0, reader.RowCount)
            from k in Enumerable.Range(0, names.Length)
            where label.Truth[row][k] == 1
            select (k, vectors.Values[row].AsSpan(shape.Scheme.PlaceOf(k) * size, size).ToArray()),
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
        // Not unusual: a caption need not mention every label.
        if (unusable > 0)
            channel.Info(
                MessageSensitivity.None,
                $"{unusable} of {cases.Length} labels of rows have no finite context vector and are not clustered."
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
        return new RelabelByContextTransformer(_context, _options, clusters, shape);
    }

    /// <summary>The schema with the new label column.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        LabelShape shape = LabelShape.Of(inputSchema, _options.LabelColumnName);
        SchemaShapes.RequireVector(inputSchema, _options.ContextColumnName, "context");
        return SchemaShapes.With(
            _context,
            inputSchema,
            shape.Declare(_options.OutputColumnName, _options.OutputColumnName)
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
