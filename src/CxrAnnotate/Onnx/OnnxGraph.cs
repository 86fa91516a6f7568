namespace CxrAnnotate;

/// <summary>
/// Builds an ONNX graph node by node. Names are made unique over the graph and its subgraphs; a node can only read values defined before it, so the
/// nodes are in topological order by construction. A subgraph (the body of a Loop) may read the values of the graph around it.
/// </summary>
internal sealed class OnnxGraph
{
    private readonly OnnxGraph? _outer;
    private readonly HashSet<string> _names;
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _constants = [];
    private readonly List<OnnxPort> _inputs = [];
    private readonly List<OnnxPort> _outputs = [];

    internal OnnxGraph(string name)
        : this(name, null) { }

    private OnnxGraph(string name, OnnxGraph? outer)
    {
        Name = name;
        _outer = outer;
        _names = outer?._names ?? new HashSet<string>(StringComparer.Ordinal);
    }

    internal string Name { get; }

    internal IReadOnlyList<OnnxNode> Nodes => _nodes;

    internal IReadOnlyList<OnnxTensor> Constants => _constants;

    internal IReadOnlyList<OnnxPort> Inputs => _inputs;

    internal IReadOnlyList<OnnxPort> Results => _outputs;

    /// <summary>A graph inside this one, to be handed to a node as an attribute.</summary>
    internal OnnxGraph Subgraph(string name) => new(Unique(name), this);

    /// <summary>
    /// An input. A null dimension may differ between runs; the first dimension of a whole graph's inputs and outputs is the batch, written as
    /// <c>N</c>.
    /// </summary>
    internal OnnxValue Input(string name, OnnxType type, params long?[] dimensions)
    {
        string unique = _outer is null ? Claim(name) : Unique(name);
        _inputs.Add(Port(unique, type, dimensions));
        _defined.Add(unique);
        return new OnnxValue(unique);
    }

    /// <summary>Makes a value an output of the graph under the given name.</summary>
    internal void Output(string name, OnnxValue value, OnnxType type, params long?[] dimensions)
    {
        string unique = _outer is null ? Claim(name) : Unique(name);
        Add("Identity", [value], [unique], []);
        _outputs.Add(Port(unique, type, dimensions));
    }

    /// <summary>Makes values outputs of the graph.</summary>
    /// <param name="outputs">The values.</param>
    /// <param name="names">What those are called that are not to have their default names, by these.</param>
    internal void Output(IEnumerable<GraphOutput> outputs, IReadOnlyDictionary<string, string> names)
    {
        foreach (GraphOutput output in outputs)
            Output(names.GetValueOrDefault(output.Name, output.Name), output.Value, output.Type, [null, .. output.Dimensions]);
    }

    /// <summary>A node with one output.</summary>
    internal OnnxValue Node(string operation, OnnxValue[] inputs, params OnnxAttribute[] attributes) => Outputs(operation, inputs, 1, attributes)[0];

    /// <summary>A node with several outputs.</summary>
    internal OnnxValue[] Outputs(string operation, OnnxValue[] inputs, int outputs, params OnnxAttribute[] attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => Unique(operation))];
        Add(operation, inputs, names, attributes);
        return [.. names.Select(name => new OnnxValue(name))];
    }

    internal OnnxValue Constant(string name, float[] values, params long[] dimensions) => Constant(OnnxTensor.Of(Unique(name), values, dimensions));

    internal OnnxValue Constant(string name, double[] values, params long[] dimensions) => Constant(OnnxTensor.Of(Unique(name), values, dimensions));

    internal OnnxValue Constant(string name, long[] values, params long[] dimensions) => Constant(OnnxTensor.Of(Unique(name), values, dimensions));

    internal OnnxValue Constant(string name, bool[] values, params long[] dimensions) => Constant(OnnxTensor.Of(Unique(name), values, dimensions));

    internal OnnxValue Constant(string name, string[] values, params long[] dimensions) => Constant(OnnxTensor.Of(Unique(name), values, dimensions));

    private OnnxPort Port(string name, OnnxType type, long?[] dimensions) =>
        new(
            name,
            type,
            [
                .. dimensions.Select(
                    (d, i) =>
                        d is { } size
                            ? new OnnxDimension(size, null)
                            : new OnnxDimension(null, i == 0 && _outer is null ? "N" : FormattableString.Invariant($"{name}_{i}"))
                ),
            ]
        );

    private OnnxValue Constant(OnnxTensor tensor)
    {
        _constants.Add(tensor);
        _defined.Add(tensor.Name);
        return new OnnxValue(tensor.Name);
    }

    private void Add(string operation, OnnxValue[] inputs, string[] outputs, OnnxAttribute[] attributes)
    {
        foreach (OnnxValue input in inputs)
        {
            if (input.Name.Length > 0 && !IsDefined(input.Name))
                throw new InvalidOperationException(
                    ErrorCode.Unexpected.Message($"A node {operation} of the graph '{Name}' reads '{input.Name}', which is not defined before it.")
                );
        }

        _nodes.Add(new OnnxNode(Unique($"node_{operation}"), operation, [.. inputs.Select(i => i.Name)], outputs, attributes));
        foreach (string output in outputs)
            _defined.Add(output);
    }

    private bool IsDefined(string name) => _defined.Contains(name) || _outer?.IsDefined(name) == true;

    private string Claim(string name) =>
        _names.Add(name)
            ? name
            : throw new InvalidOperationException(ErrorCode.Unexpected.Message($"The graph '{Name}' already has a value '{name}'."));

    /// <summary>A name for an internal value; the slash distinguishes it from the caller's names of inputs and outputs.</summary>
    private string Unique(string name)
    {
        string inside = name.StartsWith('/') ? name : "/" + name;
        if (_names.Add(inside))
            return inside;
        for (int i = 1; ; i++)
        {
            string numbered = FormattableString.Invariant($"{inside}_{i}");
            if (_names.Add(numbered))
                return numbered;
        }
    }
}

/// <summary>A node of a graph.</summary>
internal sealed record OnnxNode(
    string Name,
    string Operation,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyList<OnnxAttribute> Attributes
);

/// <summary>An input or output of a graph.</summary>
internal sealed record OnnxPort(string Name, OnnxType Type, IReadOnlyList<OnnxDimension> Dimensions);

/// <summary>A dimension: its size, or its name if it differs between runs.</summary>
internal readonly record struct OnnxDimension(long? Size, string? Name);
