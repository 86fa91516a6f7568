namespace CxrAnnotate;

/// <summary>The operators that the graphs use, with their ONNX names and semantics.</summary>
internal static class OnnxOperators
{
    internal static OnnxValue Add(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Add", [a, b]);

    internal static OnnxValue Sub(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Sub", [a, b]);

    internal static OnnxValue Mul(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Mul", [a, b]);

    internal static OnnxValue Div(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Div", [a, b]);

    internal static OnnxValue Max(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Max", [a, b]);

    internal static OnnxValue MatMul(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("MatMul", [a, b]);

    internal static OnnxValue Equal(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Equal", [a, b]);

    internal static OnnxValue And(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("And", [a, b]);

    internal static OnnxValue Or(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Or", [a, b]);

    internal static OnnxValue Less(this OnnxGraph g, OnnxValue a, OnnxValue b) => g.Node("Less", [a, b]);

    internal static OnnxValue Not(this OnnxGraph g, OnnxValue a) => g.Node("Not", [a]);

    internal static OnnxValue Relu(this OnnxGraph g, OnnxValue a) => g.Node("Relu", [a]);

    internal static OnnxValue Where(this OnnxGraph g, OnnxValue condition, OnnxValue yes, OnnxValue no) => g.Node("Where", [condition, yes, no]);

    internal static OnnxValue Cast(this OnnxGraph g, OnnxValue a, OnnxType type) => g.Node("Cast", [a], ("to", (long)type));

    internal static OnnxValue Concat(this OnnxGraph g, int axis, params OnnxValue[] parts) => g.Node("Concat", parts, ("axis", axis));

    internal static OnnxValue Gather(this OnnxGraph g, OnnxValue table, OnnxValue indices, int axis = 0) =>
        g.Node("Gather", [table, indices], ("axis", axis));

    internal static OnnxValue GatherElements(this OnnxGraph g, OnnxValue data, OnnxValue indices, int axis) =>
        g.Node("GatherElements", [data, indices], ("axis", axis));

    internal static OnnxValue Softmax(this OnnxGraph g, OnnxValue a, int axis = -1) => g.Node("Softmax", [a], ("axis", axis));

    internal static OnnxValue LogSoftmax(this OnnxGraph g, OnnxValue a) => g.Node("LogSoftmax", [a], ("axis", -1));

    internal static OnnxValue ArgMax(this OnnxGraph g, OnnxValue a, int axis, bool keep = false) =>
        g.Node("ArgMax", [a], ("axis", axis), ("keepdims", keep ? 1 : 0));

    internal static OnnxValue Mean(this OnnxGraph g, OnnxValue a, bool keep, params long[] axes) => Reduce(g, "ReduceMean", a, keep, axes);

    internal static OnnxValue Sum(this OnnxGraph g, OnnxValue a, bool keep, params long[] axes) => Reduce(g, "ReduceSum", a, keep, axes);

    internal static OnnxValue Maximum(this OnnxGraph g, OnnxValue a, bool keep, params long[] axes) => Reduce(g, "ReduceMax", a, keep, axes);

    internal static OnnxValue Product(this OnnxGraph g, OnnxValue a, bool keep, params long[] axes) => Reduce(g, "ReduceProd", a, keep, axes);

    internal static OnnxValue Reshape(this OnnxGraph g, OnnxValue a, params long[] shape) => g.Node("Reshape", [a, g.Integers(shape)]);

    internal static OnnxValue Unsqueeze(this OnnxGraph g, OnnxValue a, params long[] axes) => g.Node("Unsqueeze", [a, g.Integers(axes)]);

    internal static OnnxValue Expand(this OnnxGraph g, OnnxValue a, OnnxValue shape) => g.Node("Expand", [a, shape]);

    /// <summary>A part along some axes: [start, end).</summary>
    internal static OnnxValue Slice(this OnnxGraph g, OnnxValue a, params (long Axis, long Start, long End)[] parts) =>
        g.Node(
            "Slice",
            [a, g.Integers([.. parts.Select(p => p.Start)]), g.Integers([.. parts.Select(p => p.End)]), g.Integers([.. parts.Select(p => p.Axis)])]
        );

    /// <summary>The k largest values along the last axis, in descending order; ties go to the lower index.</summary>
    internal static (OnnxValue Values, OnnxValue Indices) TopK(this OnnxGraph g, OnnxValue a, long k)
    {
        OnnxValue[] found = g.Outputs("TopK", [a, g.Integers([k])], 2, ("axis", -1), ("largest", 1), ("sorted", 1));
        return (found[0], found[1]);
    }

    /// <summary>A list of integers.</summary>
    internal static OnnxValue Integers(this OnnxGraph g, params long[] values) => g.Constant("integers", values, values.Length);

    /// <summary>A scalar.</summary>
    internal static OnnxValue Scalar(this OnnxGraph g, float value) => g.Constant("scalar", [value]);

    /// <summary>A scalar.</summary>
    internal static OnnxValue Scalar(this OnnxGraph g, double value) => g.Constant("scalar", [value]);

    /// <summary>A scalar.</summary>
    internal static OnnxValue Scalar(this OnnxGraph g, long value) => g.Constant("scalar", [value]);

    private static OnnxValue Reduce(OnnxGraph g, string operation, OnnxValue a, bool keep, long[] axes) =>
        g.Node(operation, [a, g.Integers(axes)], ("keepdims", keep ? 1 : 0));
}
