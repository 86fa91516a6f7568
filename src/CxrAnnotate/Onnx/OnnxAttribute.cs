namespace CxrAnnotate;

/// <summary>An attribute of a node: a name and an integer, number, text, list of integers or graph.</summary>
internal sealed record OnnxAttribute(string Name, object Value)
{
    public static implicit operator OnnxAttribute((string Name, long Value) a) => new(a.Name, a.Value);

    public static implicit operator OnnxAttribute((string Name, float Value) a) => new(a.Name, a.Value);

    public static implicit operator OnnxAttribute((string Name, string Value) a) => new(a.Name, a.Value);

    public static implicit operator OnnxAttribute((string Name, long[] Value) a) => new(a.Name, a.Value);

    public static implicit operator OnnxAttribute((string Name, OnnxGraph Value) a) => new(a.Name, a.Value);
}
