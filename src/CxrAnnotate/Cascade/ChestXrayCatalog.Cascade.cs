using Microsoft.ML;

namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>Splits each label into the groups that the context vectors of its cases form. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="outputColumnName">The key column to write.</param>
    /// <param name="labelColumnName">The key column of base labels.</param>
    /// <param name="contextColumnName">The column of joint image/text context vectors.</param>
    /// <param name="rule">How the number of clusters of a label is chosen.</param>
    /// <param name="maximumClusters">The most clusters a label is split into.</param>
    /// <param name="minimumClusterSize">The fewest cases in a cluster.</param>
    /// <param name="seed">Seed of the clustering; null draws one from the context's seed.</param>
    public RelabelByContextEstimator RelabelByContext(string outputColumnName = "Label", string labelColumnName = "Label", string contextColumnName = "ContextVector",
        ClusterRule rule = ClusterRule.Silhouette, int maximumClusters = 8, int minimumClusterSize = 25, int? seed = null) => RelabelByContext(new RelabelByContextOptions
        {
            OutputColumnName = outputColumnName,
            LabelColumnName = labelColumnName,
            ContextColumnName = contextColumnName,
            Clustering = new() { Rule = rule, MaximumClusters = maximumClusters, MinimumClusterSize = minimumClusterSize, Seed = seed },
        });

    /// <summary>Splits each label into the groups that the context vectors of its cases form. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="options">Columns and clustering.</param>
    public RelabelByContextEstimator RelabelByContext(RelabelByContextOptions options) => new(Context, options);

    /// <summary>The whole method in one estimator: label mining, rebalancing, image network, context decoder, relabeling, again.</summary>
    /// <param name="iterations">How often image network and decoder are trained; 1 is without the cascade.</param>
    /// <param name="epochs">Epochs of the image network in each iteration.</param>
    public RecurrentCascadeEstimator RecurrentCascade(int iterations = 2, int epochs = 30) =>
        RecurrentCascade(new RecurrentCascadeOptions { Iterations = iterations, Classifier = new() { Optimization = new() { Epochs = epochs } } });

    /// <summary>The whole method in one estimator: label mining, rebalancing, image network, context decoder, relabeling, again.</summary>
    /// <param name="options">All options.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public RecurrentCascadeEstimator RecurrentCascade(RecurrentCascadeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RecurrentCascadeEstimator(Context, options);
    }

    /// <summary>Reads a cascade that <see cref="RecurrentCascadeTransformer.Save"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the networks are computed.</param>
    /// <exception cref="FileNotFoundException">There is no cascade in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, of a newer version or of another network; the message names it.</exception>
    public RecurrentCascadeTransformer LoadCascade(string folder, ComputeDevice device = ComputeDevice.Auto) => CascadeFolder.Load(Context, folder, device);

    /// <summary>
    /// Trains the cascade several times, each time without one part of the patients, and collects what it reads in them: figures for all rows without a test set of their own.
    /// </summary>
    /// <param name="rows">The rows, as for <see cref="RecurrentCascade(RecurrentCascadeOptions)"/>.</param>
    /// <param name="options">The cascade's options; ValidationFraction is the part of each training's patients that its iteration is chosen by.</param>
    /// <param name="folds">The number of parts, at least 2.</param>
    /// <param name="groupColumnName">The column whose values are never on two sides.</param>
    /// <param name="splitSeed">Seed of the parts.</param>
    /// <param name="foldStarts">Told the number (from 1) of each training that starts.</param>
    public CascadeCrossValidation CrossValidateCascade(IDataView rows, RecurrentCascadeOptions options, int folds = 5, string groupColumnName = "PatientId", int splitSeed = 0, Action<int>? foldStarts = null) =>
        CascadeCrossValidation.Run(Context, rows, options, folds, groupColumnName, splitSeed, foldStarts);
}
