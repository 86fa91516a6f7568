using System.Text;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A node of an ONNX graph: what it does, and the names of what it reads and gives.</summary>
internal sealed record OnnxFileNode(string Operation, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs);

/// <summary>
/// The weights of an ONNX file: the initializers of its graph, and its nodes in the order of computation, by which weights without telling names are
/// found. Of the file's messages (onnx.proto) only these are read; tensors stay in the file until they are asked for.
/// </summary>
internal sealed class OnnxWeights : WeightFile
{
    private const int MaximumName = 1024,
        MaximumEntries = 100_000;

    private static readonly string[] _convolution = ["weight", "bias"],
        _normalization = ["weight", "bias", "running_mean", "running_var"];

    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<OnnxFileNode> _nodes = [];

    private OnnxWeights(FileStream stream, string path)
        : base(stream, path) { }

    internal override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    /// <summary>The nodes, in the order of the file, which is that of computation.</summary>
    internal IReadOnlyList<OnnxFileNode> Nodes => _nodes;

    protected override string Format => "ONNX";

    /// <summary>Whether a file that begins so may be ONNX: the version of the format (field 1) comes first, a small number.</summary>
    /// <remarks>Safetensors begin with the length of their header, whose upper four bytes are 0.</remarks>
    internal static bool Matches(ReadOnlySpan<byte> start) => start is [0x08, > 0 and < 64, _, _, ..] && !start[4..].StartsWith("\0\0\0\0"u8);

    /// <exception cref="InvalidDataException">The file is not of this format or is damaged.</exception>
    internal static OnnxWeights Open(FileStream stream, string path)
    {
        var file = new OnnxWeights(stream, path);
        bool graph = false;
        foreach (Field field in file.Fields(0, stream.Length))
        {
            if (field is not { Number: 7, IsBlock: true })
                continue;
            graph = true;
            file.ReadGraph(field);
        }

        return graph ? file : throw file.Unusable("it has no graph");
    }

    /// <summary>
    /// Names the weights of the convolutions and the batch normalisations by their order in the graph, as torch names the tensors of such layers. For
    /// files whose own names are numbers.
    /// </summary>
    /// <param name="layers">The layers in the order of computation.</param>
    /// <returns>The new names by the old; null if the graph has another number of such nodes, or uses a tensor twice.</returns>
    internal IReadOnlyDictionary<string, string>? InOrder(IReadOnlyList<string> layers)
    {
        OnnxFileNode[] nodes = [.. _nodes.Where(node => node.Operation is "Conv" or "BatchNormalization")];
        if (nodes.Length != layers.Count)
            return null;
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < nodes.Length; i++)
        {
            string[] tensors = nodes[i].Operation == "Conv" ? _convolution : _normalization;
            // The first input is the image.
            for (int input = 1; input < nodes[i].Inputs.Count && input <= tensors.Length; input++)
            {
                if (nodes[i].Inputs[input] is { Length: > 0 } name && !names.TryAdd(name, $"{layers[i]}.{tensors[input - 1]}"))
                    return null;
            }
        }

        return names;
    }

    protected override Tensor Read(string name)
    {
        var entry = (Entry)_entries[name];
        return Read(entry.Type, entry.Shape, entry.Start);
    }

    private void ReadGraph(Field graph)
    {
        foreach (Field field in Fields(graph.Start, graph.Start + graph.Length))
        {
            if (field is { Number: 1, IsBlock: true })
                _nodes.Add(ReadNode(field));
            else if (field is { Number: 5, IsBlock: true })
                ReadInitializer(field);
            if (_nodes.Count + _entries.Count > MaximumEntries)
                throw Unusable("it has more nodes and weights than any model");
        }
    }

    private OnnxFileNode ReadNode(Field node)
    {
        var inputs = new List<string>();
        var outputs = new List<string>();
        string operation = "";
        foreach (Field field in Fields(node.Start, node.Start + node.Length))
        {
            switch (field)
            {
                case { Number: 1, IsBlock: true }:
                    inputs.Add(Text(field));
                    break;
                case { Number: 2, IsBlock: true }:
                    outputs.Add(Text(field));
                    break;
                case { Number: 4, IsBlock: true }:
                    operation = Text(field);
                    break;
            }
        }

        return new OnnxFileNode(operation, inputs, outputs);
    }

    private void ReadInitializer(Field tensor)
    {
        var shape = new List<long>();
        string name = "";
        long type = 0;
        Field? data = null;
        foreach (Field field in Fields(tensor.Start, tensor.Start + tensor.Length))
        {
            switch (field)
            {
                case { Number: 1, IsBlock: false }:
                    shape.Add(field.Value);
                    break;
                case { Number: 1, IsBlock: true }:
                    for (long place = field.Start; place < field.Start + field.Length;)
                        shape.Add(Varint(ref place, field.Start + field.Length));
                    break;
                case { Number: 2, IsBlock: false }:
                    type = field.Value;
                    break;
                case { Number: 8, IsBlock: true }:
                    name = Text(field);
                    break;
                // Packed numbers and raw bytes are the same bytes, if the type has as many bits in both.
                case { Number: 4 or 9 or 10, IsBlock: true, Length: > 0 }:
                    data = field;
                    break;
                case { Number: 13 }:
                    throw Unusable($"tensor '{name}' lies in another file");
            }

            if (shape.Count > 64)
                throw Unusable($"tensor '{name}' has an impossible shape");
        }

        (ScalarType Type, int Size)? known = (type, data?.Number) switch
        {
            (1, _) => (ScalarType.Float32, 4),
            (11, _) => (ScalarType.Float64, 8),
            (7, null or 9) => (ScalarType.Int64, 8),
            (6, null or 9) => (ScalarType.Int32, 4),
            (10, null or 9) => (ScalarType.Float16, 2),
            _ => null,
        };
        // Constants of other types (texts, say) are no weights.
        if (known is not { } found)
            return;
        long[] dimensions = [.. shape];
        long bytes = SafeTensorsHeader.Bytes(dimensions, found.Size);
        if (bytes < 0 || bytes != (data?.Length ?? 0))
            throw Unusable($"tensor '{name}' has {data?.Length ?? 0} bytes, which its shape and type do not need");
        if (!_entries.TryAdd(name, new Entry(found.Type, dimensions, data?.Start ?? 0)))
            throw Unusable($"tensor '{name}' is there twice");
    }

    /// <summary>The fields of a message.</summary>
    private IEnumerable<Field> Fields(long start, long end)
    {
        for (long place = start; place < end;)
        {
            long tag = Varint(ref place, end);
            int number = (int)Math.Min(tag >>> 3, int.MaxValue);
            switch (tag & 7)
            {
                case 0:
                    yield return new Field(number, Varint(ref place, end), -1, 0);
                    break;
                case 1:
                    place += 8;
                    break;
                case 2:
                    long length = Varint(ref place, end);
                    if (length < 0 || length > end - place)
                        throw Unusable("a length in it is impossible; it is cut off or damaged");
                    yield return new Field(number, 0, place, length);
                    place += length;
                    break;
                case 5:
                    place += 4;
                    break;
                default:
                    throw Unusable("it is damaged, or of another format");
            }

            if (place > end)
                throw Unusable("it is cut off or damaged");
        }
    }

    private long Varint(ref long place, long end)
    {
        ulong value = 0;
        File.Position = place;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = place < end ? File.ReadByte() : -1;
            if (next < 0)
                break;
            place++;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return (long)value;
        }

        throw Unusable("it is cut off, damaged, or of another format");
    }

    private string Text(Field field)
    {
        if (field.Length > MaximumName)
            throw Unusable("a name in it is longer than any");
        byte[] bytes = new byte[field.Length];
        File.Position = field.Start;
        File.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A field: a number, or where its bytes lie.</summary>
    private readonly record struct Field(int Number, long Value, long Start, long Length)
    {
        internal bool IsBlock => Start >= 0;
    }

    private sealed record Entry(ScalarType Type, long[] Shape, long Start) : WeightEntry(Type, Shape);
}
