using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// The number of processors that this process may use: .NET respects the quota of a container (cgroup v1 and v2) and the affinity; most native
/// libraries count all processors of the machine.
/// </summary>
internal static partial class CpuLimit
{
    private const int ProcessorsOnline = 84; // _SC_NPROCESSORS_ONLN of Linux

    /// <summary>The number of usable processors if it is lower than the machine's; 0 if there is no limit.</summary>
    internal static int Processors { get; } = Limit(Environment.ProcessorCount, Online());

    /// <summary>The limit from the counts of .NET and of the machine; 0 if there is none or it is unknown.</summary>
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
