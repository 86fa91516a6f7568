using System.Reflection;
using TorchSharp;

namespace CxrAnnotate.Tests;

/// <summary>
/// The rules of docs/adr/0009, held against the compiled code: an analyzer does not see everything, and another TorchSharp may have other hazards.
/// </summary>
public sealed class TorchHazardsTests
{
    private static readonly Lazy<TorchHazards> _hazards = new(() => new TorchHazards(typeof(torch).Assembly));

    private static string ListPath => Path.Combine(TestData.RepositoryRoot, "src", "CxrAnnotate", "Torch", "BannedSymbols.TorchSharp.txt");

    [Fact]
    public void The_list_of_banned_symbols_is_that_of_the_TorchSharp_in_use()
    {
        string[] found = [.. _hazards.Value.BannedSymbols()];
        if (Environment.GetEnvironmentVariable("CXR_WRITE_BANNED_SYMBOLS") == "1")
            File.WriteAllLines(ListPath, found);
        Assert.SkipUnless(File.Exists(ListPath), "The repository's source files are not beside the tests.");
        string[] listed = File.ReadAllLines(ListPath);
        // After an update of TorchSharp: build/banned-symbols.sh, and a look at what has changed.
        Assert.Empty(found.Except(listed).Select(line => "+ " + line).Concat(listed.Except(found).Select(line => "- " + line)));
    }

    /// <summary>Members that are known to be hazards by reading TorchSharp's sources: that they are found is not taken for granted.</summary>
    [Theory]
    [InlineData("M:TorchSharp.torch.Tensor.add(TorchSharp.torch.Tensor)")]
    [InlineData("M:TorchSharp.torch.Tensor.square")]
    [InlineData("M:TorchSharp.torch.Tensor.op_Multiply(TorchSharp.torch.Tensor,System.Double)")]
    [InlineData("M:TorchSharp.torch.Tensor.op_Addition(TorchSharp.torch.Tensor,TorchSharp.torch.Tensor)")]
    [InlineData("M:TorchSharp.Scalar.op_Implicit(System.Double)~TorchSharp.Scalar")]
    [InlineData("M:TorchSharp.torch.Tensor.ToScalar")]
    [InlineData("M:TorchSharp.TensorExtensionMethods.ToDouble(TorchSharp.torch.Tensor)")]
    [InlineData("M:TorchSharp.TensorExtensionMethods.ToSingle(TorchSharp.torch.Tensor)")]
    [InlineData("P:TorchSharp.torch.Tensor.bytes")]
    [InlineData("M:TorchSharp.torch.Tensor.data``1")]
    [InlineData("M:TorchSharp.torch.Tensor.item``1")]
    [InlineData("M:TorchSharp.torch.nn.functional.leaky_relu(TorchSharp.torch.Tensor,System.Double,System.Boolean)")]
    public void Known_hazards_are_found(string symbol) =>
        Assert.Contains(_hazards.Value.BannedSymbols(), line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Theory]
    [InlineData("M:TorchSharp.torch.Tensor.mul(TorchSharp.torch.Tensor)")]
    [InlineData("M:TorchSharp.torch.Tensor.sub(TorchSharp.torch.Tensor)")]
    [InlineData("M:TorchSharp.torch.nn.Conv2d")]
    [InlineData("M:TorchSharp.torch.NewDisposeScope")]
    public void Members_without_a_hazard_are_not(string start) =>
        Assert.DoesNotContain(_hazards.Value.BannedSymbols(), line => line.StartsWith(start, StringComparison.Ordinal));

    [Theory]
    [InlineData("CxrAnnotate")]
    [InlineData("cxr")]
    [InlineData("CxrAnnotate.Tests")]
    public void Nothing_but_the_helpers_uses_a_hazard(string assembly)
    {
        string[] helpers = [typeof(HeldScalar).FullName!, typeof(TensorValues).FullName!];
        string[] uses =
        [
            .. from method in IntermediateLanguage.Methods(Assembly.Load(assembly))
            from named in IntermediateLanguage.Read(method).Select(i => i.Member).OfType<MethodBase>()
            where named.Module.Assembly == typeof(torch).Assembly && _hazards.Value.ReasonAgainst(named) is not null
            let user = method.DeclaringType!
            where !helpers.Any(h => user.FullName == h || user.FullName!.StartsWith(h + "+", StringComparison.Ordinal))
            select $"{user.FullName}.{method.Name} uses {named.DeclaringType}.{named}",
        ];
        Assert.True(uses.Length == 0, string.Join('\n', uses));
    }
}
