using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>Runs Python with PyTorch, where it is installed.</summary>
internal static class Python
{
    /// <summary>Runs a script.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it prints; or why it cannot run here.</returns>
    internal static (string Output, string? Missing) Run(string script, params string[] arguments)
    {
        using var python = new Process();
        python.StartInfo = new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", ["-c", script, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            python.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return ("", "Python is not installed.");
        }

        Task<string> error = python.StandardError.ReadToEndAsync();
        string output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        string told = error.GetAwaiter().GetResult();
        foreach (string module in (string[])["torch", "torchvision"])
        {
            if (told.Contains($"No module named '{module}'", StringComparison.Ordinal))
                return ("", $"{module} is not installed (Debian: python3-{module}).");
        }

        Assert.True(python.ExitCode == 0, told);
        return (output, null);
    }
}
