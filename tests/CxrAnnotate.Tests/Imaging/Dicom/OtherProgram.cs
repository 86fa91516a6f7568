using System.ComponentModel;
using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>Third-party programs that write and read DICOM: dcmtk, GDCM, pydicom. Tests that need one that is not installed are skipped.</summary>
internal static class OtherProgram
{
    /// <summary>Runs a program; skips the test if it is not installed, fails it if the program fails.</summary>
    internal static void Run(string program, params string[] arguments)
    {
        (int code, string said) = Start(program, arguments) ?? (-1, "");
        Assert.SkipWhen(code == -1, NotInstalled(program));
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: exit code {code}: {said}");
    }

    /// <summary>Skips the test if a program is not installed. A skip inside of Assert.All would be a failure.</summary>
    internal static void Require(string program) =>
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program))),
            NotInstalled(program)
        );

    /// <summary>Runs a script by Python with pydicom and numpy; skips the test if they are not installed.</summary>
    internal static void RunPydicom(string script, params string[] arguments)
    {
        // A user's Python may precede the system's, which has the Debian packages.
        string? python = ((string[])["/usr/bin/python3", "python3"]).FirstOrDefault(p => Start(p, "-c", "import pydicom, numpy") is (0, _));
        Assert.SkipWhen(python is null, "Python with pydicom and numpy is not installed (Debian package python3-pydicom).");
        Run(python!, ["-c", script, .. arguments]);
    }

    private static string NotInstalled(string program) =>
        $"The program '{program}' is not installed (Debian packages dcmtk, libgdcm-tools, python3-pydicom).";

    private static (int Code, string Said)? Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string said = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
            process.WaitForExit();
            return (process.ExitCode, said);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
