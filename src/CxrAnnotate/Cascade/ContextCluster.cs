namespace CxrAnnotate;

/// <summary>One label of the cascade's next iteration.</summary>
/// <param name="Name">The new label: <c>base#1</c>, <c>base#2</c>, ... (the largest first) if the base label was split, otherwise the base
/// label.</param>
/// <param name="BaseLabel">The label that it is a part of.</param>
/// <param name="Cases">The number of its training cases.</param>
/// <param name="Silhouette">The mean silhouette of the base label's split, from -1 to 1; null if it was not split.</param>
public sealed record ContextCluster(string Name, string BaseLabel, int Cases, double? Silhouette);
