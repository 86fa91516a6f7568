namespace CxrAnnotate;

/// <summary>One label of the cascade's next iteration.</summary>
/// <param name="Name">The new label: <c>base#1</c>, <c>base#2</c>, ... (the largest first) where the base label was split, else the base label's own
/// name.</param>
/// <param name="BaseLabel">The label it is part of.</param>
/// <param name="Cases">How many training rows it has.</param>
/// <param name="Silhouette">The mean silhouette of the split of the base label, from -1 to 1; null where it was not split.</param>
public sealed record ContextCluster(string Name, string BaseLabel, int Cases, double? Silhouette);
