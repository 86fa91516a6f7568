using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Weights of torch.save, whose pickles are put together by hand; <see cref="PythonWeightsTests"/> has those of a real PyTorch.</summary>
public sealed class TorchArchiveTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_state_dictionary_gives_its_tensors_by_name_whatever_their_strides()
    {
        byte[] pickle = new PickleWriter()
            .Ordered()
            .Op('(')
            .Text("conv.weight")
            .Tensor("0", "FloatStorage", [2, 3])
            .Text("turned")
            .Tensor("0", "FloatStorage", [3, 2], stride: [1, 3])
            .Text("part")
            .Tensor("0", "FloatStorage", [2], offset: 4)
            .Text("count")
            .Tensor("1", "LongStorage", [])
            .Op('u')
            .Stop();
        using WeightFile file = Open(pickle, ("0", PickleWriter.Bytes(1, 2, 3, 4, 5, 6)), ("1", BitConverter.GetBytes(7L)));
        Assert.Equal(["conv.weight", "count", "part", "turned"], file.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1f, 2, 3, 4, 5, 6], Read(file, "conv.weight", 2, 3));
        Assert.Equal([1f, 4, 2, 5, 3, 6], Read(file, "turned", 3, 2));
        Assert.Equal([5f, 6], Read(file, "part", 2));
        Assert.Equal([7f], Read(file, "count"));
    }

    [Theory]
    [InlineData("state_dict", "")]
    [InlineData("model", "module.")]
    public void A_state_dictionary_inside_a_checkpoint_is_found(string key, string prefix)
    {
        byte[] pickle = new PickleWriter()
            .Op('}')
            .Op('(')
            .Text("epoch")
            .Number(3)
            .Text(key)
            .Ordered()
            .Op('(')
            .Text(prefix + "fc.bias")
            .Tensor("0", "FloatStorage", [2])
            .Op('u')
            .Op('u')
            .Stop();
        using WeightFile file = Open(pickle, ("0", PickleWriter.Bytes(1, 2)));
        Assert.Equal(["fc.bias"], file.Entries.Keys);
    }

    [Fact]
    public void A_module_saved_as_a_whole_gives_the_names_of_its_state_dictionary()
    {
        byte[] pickle = new PickleWriter()
            .BeginModule("torchxrayvision.models", "DenseNet")
            .Text("apply_sigmoid")
            .Op('\x89')
            .Text("_parameters")
            .Ordered()
            .Text("_modules")
            .Ordered()
            .Op('(')
            .Text("norm")
            .BeginModule("torch.nn.modules.batchnorm", "BatchNorm2d")
            .Text("_parameters")
            .Ordered()
            .Op('(')
            .Text("weight")
            .Tensor("0", "FloatStorage", [2])
            .Op('u')
            .Text("_buffers")
            .Ordered()
            .Op('(')
            .Text("running_mean")
            .Tensor("0", "FloatStorage", [2])
            .Op('u')
            .EndModule()
            .Op('u')
            .EndModule()
            .Stop();
        using WeightFile file = Open(pickle, ("0", PickleWriter.Bytes(1, 2)));
        Assert.Equal(["norm.running_mean", "norm.weight"], file.Entries.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    [InlineData("torch.nn.modules.linear.Linear.__init__.__globals__", "x")]
    public void A_pickle_that_wants_to_call_something_is_refused_by_its_name_and_nothing_is_called(string module, string name)
    {
        byte[] pickle = new PickleWriter().Global(module, name).Op('(').Text("touch owned").Op('t').Op('R').Stop();
        string message = Assert.Throws<InvalidDataException>(() => Open(pickle)).Message;
        Assert.StartsWith("CXR5006", message, StringComparison.Ordinal);
        if (!module.StartsWith("torch.nn", StringComparison.Ordinal))
            Assert.Contains($"{module}.{name}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_points_outside_of_the_file_is_refused()
    {
        Refused("outside", Of(w => w.Tensor("0", "FloatStorage", [4])), ("0", PickleWriter.Bytes(1, 2)));
        Refused("outside", Of(w => w.Tensor("0", "FloatStorage", [2], offset: 1)), ("0", PickleWriter.Bytes(1, 2)));
        Refused("outside", Of(w => w.Tensor("0", "FloatStorage", [long.MaxValue / 8, 1], stride: [0, 0])), ("0", PickleWriter.Bytes(1, 2)));
        Refused("impossible", Of(w => w.Tensor("0", "FloatStorage", [long.MaxValue, 4])), ("0", PickleWriter.Bytes(1, 2)));
        Refused("impossible", Of(w => w.Tensor("0", "FloatStorage", [-1])), ("0", PickleWriter.Bytes(1, 2)));
        Refused("impossible", Of(w => w.Tensor("0", "FloatStorage", [2], stride: [-1])), ("0", PickleWriter.Bytes(1, 2)));
        Refused("missing", Of(w => w.Tensor("7", "FloatStorage", [2])), ("0", PickleWriter.Bytes(1, 2)));
        Refused("impossible length", Of(w => w.Tensor("0", "DoubleStorage", [1])), ("0", PickleWriter.Bytes(1)));
        Refused("ComplexFloatStorage", Of(w => w.Tensor("0", "ComplexFloatStorage", [1])), ("0", PickleWriter.Bytes(1)));
        Refused("no state dictionary", new PickleWriter().Number(5).Stop());
        Refused("no state dictionary", new PickleWriter().Op('}').Stop());
    }

    [Fact]
    public void A_module_that_contains_itself_is_refused()
    {
        byte[] pickle = new PickleWriter()
            .Global("torch.nn.modules.container", "Sequential")
            .Op(')')
            .Op('\x81')
            .Op('q', 0)
            .Op('}')
            .Op('(')
            .Text("_modules")
            .Op('}')
            .Op('(')
            .Text("again")
            .Op('h', 0)
            .Op('u')
            .Op('u')
            .Op('b')
            .Stop();
        Refused("without end", pickle);
    }

    [Fact]
    public void A_file_with_any_byte_changed_or_cut_anywhere_is_read_or_refused_with_one_kind_of_exception()
    {
        byte[] archive = PickleWriter.Archive(Of(w => w.Tensor("0", "FloatStorage", [2])), ("0", PickleWriter.Bytes(1, 2)));
        DamagedWeights.Check(_folder, archive, rounds: 600, seed: 4);
    }

    private static byte[] Of(Func<PickleWriter, PickleWriter> tensor) =>
        tensor(new PickleWriter().Ordered().Op('(').Text("a")).Op('u').Stop();

    private static float[] Read(WeightFile file, string name, params long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor target = empty(shape);
        file.CopyTo(name, target);
        return target.Floats();
    }

    private void Refused(string reason, byte[] pickle, params (string Key, byte[] Content)[] storages)
    {
        string message = Assert.Throws<InvalidDataException>(() => Open(pickle, storages)).Message;
        Assert.StartsWith("CXR5006", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    private WeightFile Open(byte[] pickle, params (string Key, byte[] Content)[] storages)
    {
        NativeRuntime.EnsureLoaded();
        return WeightFile.OpenAny(_folder.Write("weights.pt", PickleWriter.Archive(pickle, storages)));
    }
}
