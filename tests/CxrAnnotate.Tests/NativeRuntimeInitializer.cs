using System.Runtime.CompilerServices;

namespace CxrAnnotate.Tests;

internal static class NativeRuntimeInitializer
{
    /// <summary>Before any test: TorchSharp, touched without it, copies half a gigabyte beside the tests and loads a second libtorch.</summary>
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage",
        "CA2255:The 'ModuleInitializer' attribute should not be used in libraries",
        Justification = "The test project is an executable."
    )]
    internal static void Load() => NativeRuntime.EnsureLoaded();
}
