using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// How many processors this process may use: .NET knows the quota of a container (cgroup v1 and v2) and the affinity, native libraries mostly count
/// the machine's.
/// </summary>
internal static partial class CpuLimit
{
    private const int ProcessorsOnline = 84; // _SC_NPROCESSORS_ONLN of Linux

    /// <summary>The processors that may be used where that is fewer than the machine has; 0 where there is no limit.</summary>
    internal static int Processors { get; } = Limit(Environment.ProcessorCount, Online());

    /// <summary>The limit out of what .NET and what the machine says; 0 where nothing is limited or known.</summary>
    internal static int Limit(int usable, long online) => usable < online ? usable : 0;

    private static long Online()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        try
        {
            return Ask(ProcessorsOnline);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "sysconf")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Ask(int name);
}
