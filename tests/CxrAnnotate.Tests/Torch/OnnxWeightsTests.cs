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
    public void A_file_with_any_byte_changed_or_cut_anywhere_is_read_or_refused_with_one_kind_of_exception()
    {
        NativeRuntime.EnsureLoaded();
        byte[] model = Graph();
        var random = new Random(8);
        for (int round = 0; round < 1000; round++)
        {
            byte[] damaged = [.. model];
            if (round % 2 == 0)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            else
                damaged = damaged[..random.Next(damaged.Length)];
            string path = _folder.Write("damaged.onnx", damaged);
            try
            {
                using WeightFile file = WeightFile.OpenAny(path);
                foreach (var (name, entry) in file.Entries)
                {
                    using var scope = NewDisposeScope();
                    file.CopyTo(name, empty(entry.Shape, entry.Type));
                }
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("CXR5006", e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static byte[] Graph()
    {
        var graph = new OnnxGraph("weights");
        OnnxValue x = graph.Input("x", OnnxType.Single, null, 2);
        OnnxValue y = graph.MatMul(x, graph.Constant("weight", [1f, 2, 3, 4, 5, 6], 2, 3));
        graph.Output("y", graph.Gather(y, graph.Constant("index", [0L, 2L], 2), 1), OnnxType.Single, null, 2);
        return OnnxWriter.Write(graph, new OnnxModelInfo("weights", "test", new Dictionary<string, string>()));
    }
}
