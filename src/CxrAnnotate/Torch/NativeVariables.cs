using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Variables of the environment that native libraries read when they are loaded. .NET keeps its own copy of the environment, so that its changes do
/// not reach them.
/// </summary>
internal static partial class NativeVariables
{
    /// <summary>Sets a variable for native libraries, unless the user chose.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    /// <param name="chosenBy">Variables by which a user chooses; if one is set, nothing is changed.</param>
    /// <returns>Whether it was set.</returns>
    internal static bool Set(string name, string value, params string[] chosenBy)
    {
        if (!OperatingSystem.IsLinux() || chosenBy.Any(variable => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable))))
            return false;
        try
        {
            return SetNative(name, value, 0) == 0;
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
