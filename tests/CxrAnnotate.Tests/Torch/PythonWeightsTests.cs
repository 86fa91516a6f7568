using System.Globalization;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Files that Python's PyTorch wrote, against the numbers that it prints of them.</summary>
public sealed class PythonWeightsTests
{
    private const string Script = """
        import sys, torch
        folder = sys.argv[1]
        torch.manual_seed(3)
        network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Sequential(torch.nn.Linear(4, 2)))
        network[0].weight.data = network[0].weight.data.contiguous(memory_format=torch.channels_last)
        torch.save(network.state_dict(), folder + '/state.pt')
        torch.save({'epoch': 3, 'state_dict': network.state_dict(), 'best': 0.5}, folder + '/checkpoint.pt')
        torch.save(network, folder + '/module.pt')
        torch.save({k: v.half() for k, v in network.state_dict().items()}, folder + '/half.pt')
        torch.save(network.state_dict(), folder + '/legacy.pt', _use_new_zipfile_serialization=False)
        for name, tensor in network.state_dict().items():
            print(name, *[repr(float(x)) for x in tensor.flatten()])
        """;

    [Fact]
    public void Weights_of_torch_save_have_the_names_and_numbers_that_python_prints()
    {
        NativeRuntime.EnsureLoaded();
        using var folder = new ScratchFolder();
        Dictionary<string, float[]> expected = Printed(folder.Path);
        foreach (string file in (string[])["state.pt", "checkpoint.pt", "module.pt", "half.pt"])
        {
            using var scope = NewDisposeScope();
            using WeightFile weights = WeightFile.OpenAny(Path.Combine(folder.Path, file));
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), weights.Entries.Keys.Order(StringComparer.Ordinal));
            foreach (var (name, numbers) in expected)
            {
                Tensor target = empty(weights.Entries[name].Shape);
                weights.CopyTo(name, target);
                float tolerance = file == "half.pt" ? 1e-3f : 0;
                Assert.All(numbers.Zip(target.Floats()), pair => Assert.Equal(pair.First, pair.Second, tolerance));
            }
        }
    }

    [Fact]
    public void The_format_of_before_PyTorch_1_6_is_refused_with_advice()
    {
        NativeRuntime.EnsureLoaded();
        using var folder = new ScratchFolder();
        Printed(folder.Path);
        string message = Assert.Throws<InvalidDataException>(() => WeightFile.OpenAny(Path.Combine(folder.Path, "legacy.pt"))).Message;
        Assert.StartsWith("CXR5006", message, StringComparison.Ordinal);
        Assert.Contains("torch.save", message, StringComparison.Ordinal);
    }

    private static Dictionary<string, float[]> Printed(string folder)
    {
        var (output, missing) = Python.Run(Script, folder);
        Assert.SkipWhen(missing is not null, missing ?? "");
        return output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => words[1..].Select(w => float.Parse(w, CultureInfo.InvariantCulture)).ToArray());
    }
}
