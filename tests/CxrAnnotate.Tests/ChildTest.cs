using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>
/// An explicit test, run in a process of its own: with limits that only a process has, or because what it does may end the process.
/// </summary>
/// <param name="ExitCode">0 where it passed.</param>
/// <param name="Output">What the process wrote.</param>
internal sealed record ChildTest(int ExitCode, string Output)
{
    /// <summary>Runs it to its end.</summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <param name="method">The method, which is explicit.</param>
    /// <param name="environment">Variables of the process.</param>
    internal static ChildTest Run<T>(string method, params (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "CxrAnnotate.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(
            program,
            ["--explicit", "only", "--filter-method", $"{typeof(T).FullName}.{method}", "--progress", "off", "--no-ansi"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        // A process that hangs fails its test, and does not hold up the others.
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return new ChildTest(process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }
}
