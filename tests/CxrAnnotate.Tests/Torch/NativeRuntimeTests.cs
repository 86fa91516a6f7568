using TorchSharp;

namespace CxrAnnotate.Tests;

public sealed class NativeRuntimeTests
{
    [Fact]
    public void Libtorch_is_loaded_from_the_place_that_the_application_names()
    {
        NativeRuntime.EnsureLoaded();
        Assert.Equal(3, torch.ones(3).sum().Number());
    }
}
