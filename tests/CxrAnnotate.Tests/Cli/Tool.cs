using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>The tool run inside the test, its streams caught.</summary>
internal sealed record Tool(int Code, string Output, string Error)
{
    /// <summary>The tool as a program of its own; skips the test where it is absent.</summary>
    internal static string Program()
    {
        string path = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "cxr.exe" : "cxr");
        Assert.SkipUnless(File.Exists(path), $"The tool is not beside the tests: {path}.");
        return path;
    }

    internal static async Task<Tool> Run(ICascadeRuns runs, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = await new CommandLine(runs, new Terminal(output, error, false, false)).RunAsync(arguments, TestContext.Current.CancellationToken);
        return new Tool(code, output.ToString(), error.ToString());
    }

    internal static Task<Tool> Run(params string[] arguments) => Run(new FakeRuns(), arguments);
}
