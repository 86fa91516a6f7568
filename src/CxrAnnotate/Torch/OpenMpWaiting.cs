using System.Globalization;
using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Bounds how long the threads of OpenMP, by which libtorch computes, spin while they wait for each other. By default each keeps its core for three
/// milliseconds at every wait, which on a machine that others use, too, is time that the others' work, and the thread that is waited for, do not get
/// (docs/performance.md).
/// </summary>
internal static partial class OpenMpWaiting
{
    /// <summary>Turns of the waiting loop before a thread sleeps, about a tenth of a millisecond; GNU OpenMP's own value is 300,000.</summary>
    internal const int SpinCount = 10_000;

    private const string Variable = "GOMP_SPINCOUNT";

    /// <summary>Variables by which a user says how threads wait; one of them, set, is the user's word.</summary>
    private static readonly string[] _chosenBy = [Variable, "OMP_WAIT_POLICY", "KMP_BLOCKTIME"];

    private static readonly Lazy<bool> _done = new(Set);

    /// <summary>Sets the bound once for the process. OpenMP reads it when it is loaded: later it does nothing.</summary>
    /// <returns>Whether the bound was set, and not chosen by the user.</returns>
    internal static bool Bound() => _done.Value;

    // .NET keeps an environment of its own: what it sets does not reach getenv.
    private static bool Set()
    {
        if (!OperatingSystem.IsLinux() || _chosenBy.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))))
            return false;
        try
        {
            return SetNative(Variable, SpinCount.ToString(CultureInfo.InvariantCulture), 0) == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNative(string name, string value, int overwrite);
}
