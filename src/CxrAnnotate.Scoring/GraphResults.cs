using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>The outputs of a model's graph for a batch, by their default names, whatever names this graph uses.</summary>
/// <param name="info">The model's metadata, including its output names.</param>
/// <param name="outputs">The graph's own names of its outputs, in the order of the values.</param>
/// <param name="values">The values; the caller that ran the graph owns them.</param>
internal sealed class GraphResults(CascadeGraphInfo info, string[] outputs, IReadOnlyList<OrtValue> values)
{
    /// <summary>The values of an output; empty if the graph does not have it.</summary>
    internal ReadOnlySpan<float> Floats(string name) => Of<float>(name);

    /// <inheritdoc cref="Floats"/>
    internal ReadOnlySpan<double> Doubles(string name) => Of<double>(name);

    /// <inheritdoc cref="Floats"/>
    internal ReadOnlySpan<long> Integers(string name) => Of<long>(name);

    /// <summary>The strings of an output; empty if the graph does not have it.</summary>
    internal string[] Texts(string name) => Find(name)?.GetStringTensorAsArray() ?? [];

    private ReadOnlySpan<T> Of<T>(string name)
        where T : unmanaged => Find(name) is { } value ? value.GetTensorDataAsSpan<T>() : [];

    private OrtValue? Find(string name) => Array.IndexOf(outputs, info.GraphName(name)) is >= 0 and int at ? values[at] : null;
}
