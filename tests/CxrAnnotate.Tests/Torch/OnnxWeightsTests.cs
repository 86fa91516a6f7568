using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Weights of ONNX files, read without ONNX Runtime.</summary>
public sealed class OnnxWeightsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_initializers_and_nodes_of_a_written_graph_are_read_back()
    {
        NativeRuntime.EnsureLoaded();
        using WeightFile file = WeightFile.OpenAny(_folder.Write("graph.onnx", Graph()));
        var weights = Assert.IsType<OnnxWeights>(file);
        Assert.Equal([2L, 3L], weights.Entries["/weight"].Shape);
        Assert.Equal(ScalarType.Int64, weights.Entries["/index"].Type);
        using var scope = NewDisposeScope();
        Tensor target = empty(2, 3);
        weights.CopyTo("/weight", target);
        Assert.Equal([1f, 2, 3, 4, 5, 6], target.Floats());
        Assert.Equal(["MatMul", "Gather", "Identity"], weights.Nodes.Select(node => node.Operation));
        Assert.Equal(["x", "/weight"], weights.Nodes[0].Inputs);
    }

    /// <summary>The length of the header, 0x10108, begins with the bytes of an ONNX file.</summary>
    [Fact]
    public void Safetensors_with_a_large_header_are_not_taken_for_ONNX()
    {
        NativeRuntime.EnsureLoaded();
        byte[] header = System.Text.Encoding.UTF8.GetBytes("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""".PadRight(0x10108));
        string path = _folder.Write(
            "large.safetensors",
            [.. BitConverter.GetBytes((long)header.Length), .. header, .. BitConverter.GetBytes(2.5f)]
        );
        using WeightFile file = WeightFile.OpenAny(path);
        using var scope = NewDisposeScope();
        Tensor target = empty(1);
        file.CopyTo("a", target);
        Assert.Equal([2.5f], target.Floats());
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_by_name()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        string path = Path.Combine(_folder.Path, "nan.safetensors");
        SafeTensors.Save(path, [new("sound", ones(2)), new("broken", tensor((float[])[1, float.NaN]))]);
        var targets = new Dictionary<string, Tensor> { ["sound"] = zeros(2), ["broken"] = zeros(2) };
        string message = Assert.Throws<InvalidDataException>(() => new WeightSource(path, null).Fill(targets, new(), null, _ => { })).Message;
        Assert.StartsWith("CXR5006", message, StringComparison.Ordinal);
        Assert.Contains("'broken'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_any_byte_changed_or_cut_anywhere_is_read_or_refused_with_one_kind_of_exception() =>
        DamagedWeights.Check(_folder, Graph(), rounds: 1000, seed: 8);

    private static byte[] Graph()
    {
        var graph = new OnnxGraph("weights");
        OnnxValue x = graph.Input("x", OnnxType.Single, null, 2);
        OnnxValue y = graph.MatMul(x, graph.Constant("weight", [1f, 2, 3, 4, 5, 6], 2, 3));
        graph.Output("y", graph.Gather(y, graph.Constant("index", [0L, 2L], 2), 1), OnnxType.Single, null, 2);
        return OnnxWriter.Write(graph, new OnnxModelInfo("weights", "test", new Dictionary<string, string>()));
    }
}
