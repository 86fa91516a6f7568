using System.Diagnostics;
using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Runs the tool inside the test and captures its streams.</summary>
internal sealed record Tool(int Code, string Output, string Error)
{
    /// <summary>The options of a training on small phantoms that takes seconds, with the same result on every machine of a kind.</summary>
    internal static IReadOnlyList<string> QuickTraining { get; } =
    [
        "--epochs",
        "1",
        "--image-size",
        "64",
        "--minimum-cases",
        "3",
        "--threads",
        "1",
    ];

    /// <summary>The tool's executable; skips the test if it is absent.</summary>
    internal static string Program()
    {
        string path = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "cxr.exe" : "cxr");
        Assert.SkipUnless(File.Exists(path), $"The tool is not beside the tests: {path}.");
        return path;
    }

    internal static async Task<Tool> Run(ICascadeRuns runs, params string[] arguments)
    {
        using StringWriter output = new(),
            error = new();
        int code = await new CommandLine(runs, new Terminal(output, error, false, false)).RunAsync(arguments, TestContext.Current.CancellationToken);
        return new Tool(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs the tool with the given standard input.</summary>
    internal static async Task<Tool> RunWith(Stream input, ICascadeRuns runs, params string[] arguments)
    {
        using StringWriter output = new(),
            error = new();
        int code = await new CommandLine(runs, new Terminal(output, error, false, false) { Input = () => input }).RunAsync(
            arguments,
            TestContext.Current.CancellationToken
        );
        return new Tool(code, output.ToString(), error.ToString());
    }

    /// <summary>The documents of an output in JSON Lines.</summary>
    internal JsonElement[] Lines => Parsed(Output);

    /// <summary>The documents of JSON Lines whose last line is complete, too.</summary>
    internal static JsonElement[] Parsed(string lines)
    {
        Assert.True(lines.Length == 0 || lines.EndsWith('\n'), "The last line is not whole.");
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    /// <summary>The tool as a process that receives signals.</summary>
    internal static Process Start(IEnumerable<string> arguments, params IEnumerable<(string Name, string? Value)> environment)
    {
        var start = new ProcessStartInfo(Program())
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The output of a process after its end. A process that does not end is killed, and the test fails.</summary>
    internal static async Task<Tool> End(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None),
            error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            process.Kill();
        }

        return new Tool(process.ExitCode, await output, await error);
    }

    /// <summary>Sends a signal by its name: INT, TERM.</summary>
    internal static void Signal(Process process, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    internal static Task<Tool> Run(params string[] arguments) => Run(new FakeRuns(), arguments);
}
