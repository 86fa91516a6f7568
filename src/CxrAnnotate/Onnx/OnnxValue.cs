namespace CxrAnnotate;

/// <summary>A tensor in a graph, by its name.</summary>
internal readonly record struct OnnxValue(string Name);
