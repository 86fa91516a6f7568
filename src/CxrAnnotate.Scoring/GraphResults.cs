using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>What a model's graph gave for a batch, by the names that outputs have by default, whatever this graph calls them.</summary>
/// <param name="info">What the model says of itself, the names among it.</param>
/// <param name="outputs">The graph's own names of its outputs, in the order of the values.</param>
/// <param name="values">The values; they belong to who ran the graph.</param>
internal sealed class GraphResults(CascadeGraphInfo info, string[] outputs, IReadOnlyList<OrtValue> values)
{
    /// <summary>The numbers of an output; empty where the graph does not have it.</summary>
    internal ReadOnlySpan<float> Floats(string name) => Of<float>(name);

    /// <inheritdoc cref="Floats"/>
    internal ReadOnlySpan<double> Doubles(string name) => Of<double>(name);

    /// <inheritdoc cref="Floats"/>
    internal ReadOnlySpan<long> Integers(string name) => Of<long>(name);

    /// <summary>The texts of an output; empty where the graph does not have it.</summary>
    internal string[] Texts(string name) => Find(name)?.GetStringTensorAsArray() ?? [];

    private ReadOnlySpan<T> Of<T>(string name)
        where T : unmanaged => Find(name) is { } value ? value.GetTensorDataAsSpan<T>() : [];

    private OrtValue? Find(string name) => Array.IndexOf(outputs, info.GraphName(name)) is >= 0 and int at ? values[at] : null;
}
