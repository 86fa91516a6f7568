using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// The picture of a joint image/text space (Shin et al., 2016, section 5 and figure 6): where the context vectors of cases lie, how they cluster, and
/// what the clusters look like and say. Points are projected on the first two principal axes, which keeps the largest distances and is the same every
/// time. <c>ChestXrayCatalog.DescribeJointSpace</c> makes it, <c>JointSpaceSection</c> draws it.
/// </summary>
/// <param name="Points">The cases that have a vector and a label, in their order.</param>
/// <param name="Clusters">The parts of the labels, as <c>RelabelByContext</c> would make them.</param>
/// <param name="VarianceShares">The share of the variance that lies along each of the two axes: how much of the space the picture shows.</param>
/// <param name="LabelSilhouette">
/// The mean silhouette of the labels, from -1 to 1: how far cases of a label lie together and away from the others; NaN (null in JSON) with fewer
/// than two labels.
/// </param>
/// <param name="ClusterSilhouette">The same of the clusters.</param>
public sealed record JointSpace(
    IReadOnlyList<JointSpacePoint> Points,
    IReadOnlyList<JointSpaceCluster> Clusters,
    IReadOnlyList<double> VarianceShares,
    [property: JsonConverter(typeof(NanAsNullConverter))] double LabelSilhouette,
    [property: JsonConverter(typeof(NanAsNullConverter))] double ClusterSilhouette
)
{
    /// <summary>
    /// The picture as JSON, for pages and other programs: <c>points</c> (<c>case</c>, <c>x</c>, <c>y</c>, <c>label</c>, <c>cluster</c>: an index into
    /// <c>clusters</c>), <c>clusters</c>, <c>varianceShares</c>, <c>labelSilhouette</c>, <c>clusterSilhouette</c>.
    /// </summary>
    public string ToJson() => JsonSerializer.Serialize(this, JointSpaceJson.Default.JointSpace);
}

/// <summary>A case in the picture of a <see cref="JointSpace"/>.</summary>
/// <param name="Case">The index of the case among all that were given.</param>
/// <param name="X">Its place along the first principal axis.</param>
/// <param name="Y">Its place along the second.</param>
/// <param name="Label">Its label.</param>
/// <param name="Cluster">The index of its cluster.</param>
public sealed record JointSpacePoint(int Case, double X, double Y, string Label, int Cluster);

/// <summary>A part of a label in a <see cref="JointSpace"/>.</summary>
/// <param name="Name">Its name: <c>label#1</c>, <c>label#2</c>, ... (the largest first), or the label's if that was not divided.</param>
/// <param name="Label">The label.</param>
/// <param name="Cases">The number of its cases.</param>
/// <param name="MeanSilhouette">The mean silhouette of its cases among all clusters, from -1 to 1; NaN (null in JSON) if there is no other.</param>
/// <param name="Medoid">The index of the case that is most like the others of the cluster.</param>
/// <param name="Words">The words that are most typical of it.</param>
public sealed record JointSpaceCluster(
    string Name,
    string Label,
    int Cases,
    [property: JsonConverter(typeof(NanAsNullConverter))] double MeanSilhouette,
    int Medoid,
    IReadOnlyList<TypicalWord> Words
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JointSpace))]
internal sealed partial class JointSpaceJson : JsonSerializerContext;
