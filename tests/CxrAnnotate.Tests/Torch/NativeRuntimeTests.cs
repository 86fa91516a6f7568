using TorchSharp;

namespace CxrAnnotate.Tests;

public sealed class NativeRuntimeTests
{
    [Fact]
    public void Libtorch_is_loaded_from_where_the_application_says_it_is()
    {
        NativeRuntime.EnsureLoaded();
        Assert.Equal(3, torch.ones(3).sum().Number());
    }
}
