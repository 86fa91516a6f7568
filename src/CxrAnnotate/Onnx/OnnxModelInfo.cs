namespace CxrAnnotate;

/// <summary>The description of a model beside its graph.</summary>
/// <param name="Name">Name of the graph.</param>
/// <param name="Description">What it computes.</param>
/// <param name="Metadata">Entries of metadata_props.</param>
internal sealed record OnnxModelInfo(string Name, string Description, IReadOnlyDictionary<string, string> Metadata);
