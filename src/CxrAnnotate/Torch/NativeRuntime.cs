using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Finds libtorch, which training and the loading of networks need, and loads it before TorchSharp looks for it. TorchSharp itself, when it finds
/// nothing, copies half a gigabyte out of the NuGet cache and then fails with a page of traces; here one message says what is missing. Everything
/// that needs libtorch calls <see cref="EnsureLoaded"/> by itself; an application may call it to learn early.
/// </summary>
public static class NativeRuntime
{
    /// <summary>The environment variable that names the folder of an installed libtorch.</summary>
    public const string EnvironmentVariable = "CXR_LIBTORCH";

    /// <summary>The runtimeconfig.json property that the package's targets write: libtorch's path in the NuGet cache.</summary>
    internal const string HostProperty = "CxrAnnotate.LibTorch";

    /// <summary>The NuGet package of libtorch for the CPU on Linux x64, as buildTransitive/CxrAnnotate.targets names it.</summary>
    public const string Package = "libtorch-cpu-linux-x64";

    /// <summary>The version of <see cref="Package"/>.</summary>
    public const string PackageVersion = "2.10.0";

    private static readonly Lazy<NativeRuntimeException?> _failure = new(Load);

    /// <summary>
    /// Whether no libtorch is where it is looked for, so that fetching one would help: on Linux where no environment variable names one, and none is
    /// beside the application or in the NuGet cache.
    /// </summary>
    public static bool IsMissing =>
        OperatingSystem.IsLinux()
        && Environment.GetEnvironmentVariable(EnvironmentVariable) is not { Length: > 0 }
        && !Candidates(null).Any(f => File.Exists(Path.Combine(f, "libtorch.so")));

    /// <summary>Loads libtorch once for the process.</summary>
    /// <exception cref="NativeRuntimeException">No libtorch was found, or the C++ runtime is too old for it.</exception>
    public static void EnsureLoaded()
    {
        if (_failure.Value is { } failure)
            throw new NativeRuntimeException(failure.Message, failure);
    }

    private static NativeRuntimeException? Load()
    {
        // Before libtorch loads OpenMP.
        OpenMpWaiting.Bound();
        ReproducibleSums.Required();
        if (!OperatingSystem.IsLinux())
            return null; // The native libraries of TorchSharp-cpu are beside the application, where TorchSharp looks first.

        string? named = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (!string.IsNullOrEmpty(named) && !File.Exists(Path.Combine(named, "libtorch.so")))
        {
            return new NativeRuntimeException(
                ErrorCode.LibtorchMissing.Message(
                    $"{EnvironmentVariable} names '{named}', but there is no libtorch.so in that folder. "
                        + "Point it at the 'lib' folder of a libtorch 2.10 (or of an installed PyTorch), or unset it to use the application's own."
                )
            );
        }

        string? folder = Candidates(named).FirstOrDefault(f => File.Exists(Path.Combine(f, "libtorch.so")));
        if (folder is null)
        {
            return new NativeRuntimeException(
                ErrorCode.LibtorchMissing.Message(
                    "libtorch was not found. The native backend belongs to the application: reference the CxrAnnotate package from the "
                        + "executable project (its property TorchBackend, cpu or cuda, brings libtorch), or fetch it once for this user by "
                        + $"'dotnet package download {Package}@{PackageVersion} --output {PackageCache()}', or set the environment variable "
                        + $"{EnvironmentVariable} to the 'lib' folder of an installed libtorch 2.10 or PyTorch."
                )
            );
        }

        string? bridge = BridgeCandidates(folder).FirstOrDefault(File.Exists);
        if (bridge is null)
        {
            return new NativeRuntimeException(
                ErrorCode.TorchBridgeMissing.Message(
                    "libLibTorchSharp.so, the native library of TorchSharp, was not found beside the application. Reference the package TorchSharp "
                        + "0.107.0 "
                        + $"from the executable project. Looked in: {string.Join(", ", BridgeCandidates(folder))}."
                )
            );
        }

        string[] cuda = File.Exists(Path.Combine(folder, "libtorch_cuda.so")) ? ["libc10_cuda.so", "libtorch_cuda.so"] : [];
        try
        {
            foreach (string library in (string[])["libc10.so", "libtorch_cpu.so", .. cuda, "libtorch.so"])
                NativeLibrary.Load(Path.Combine(folder, library));
            NativeLibrary.Load(bridge);
            TorchThreads.KeepToLimit();
            return null;
        }
        catch (DllNotFoundException e) when (e.Message.Contains("GLIBCXX_", StringComparison.Ordinal))
        {
            return new NativeRuntimeException(
                ErrorCode.CppRuntimeTooOld.Message(
                    "The C++ runtime of this machine (libstdc++.so.6) is too old for TorchSharp, which needs GLIBCXX_3.4.32 (GCC 13.2 or newer). "
                        + "Debian 13 and Ubuntu 24.04 have it; on Debian 12 install libstdc++6 from the suite trixie ('./build.sh setup' in "
                        + "CxrAnnotate's repository does so)."
                ),
                e
            );
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return new NativeRuntimeException(
                ErrorCode.LibtorchUnusable.Message(
                    $"libtorch was found in '{folder}' but could not be loaded: {FirstLine(e.Message)} "
                        + $"TorchSharp 0.107 needs libtorch 2.10; set {EnvironmentVariable} to the 'lib' folder of one that fits this machine."
                ),
                e
            );
        }
    }

    private static IEnumerable<string> Candidates(string? named)
    {
        if (!string.IsNullOrEmpty(named))
        {
            yield return named;
            yield break;
        }

        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "libtorch");
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        if (AppContext.GetData(HostProperty) is string place)
            yield return place;
        // For the tool `cxr`, whose package does not contain libtorch.
        yield return Path.Combine(PackageCache(), Package, PackageVersion, "runtimes", "linux-x64", "native");
    }

    /// <summary>The folder of the user's NuGet cache, where <see cref="Package"/> is looked for last.</summary>
    public static string PackageCache() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static IEnumerable<string> BridgeCandidates(string folder)
    {
        const string Bridge = "libLibTorchSharp.so";
        yield return Path.Combine(AppContext.BaseDirectory, Bridge);
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", Bridge);
        yield return Path.Combine(folder, Bridge);
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
