using System.Diagnostics;

namespace CxrAnnotate.PackageTests;

/// <summary>A program that was run to its end.</summary>
/// <param name="ExitCode">What it ended with.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record Command(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program and waits for it.</summary>
    internal static Command Run(string program, string folder, params string[] arguments) => Run(program, folder, null, arguments);

    /// <summary>Runs a program with other environment variables; null takes one away.</summary>
    internal static Command Run(string program, string folder, IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // A build server that stays would keep files of these tests open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration stop = TestContext.Current.CancellationToken.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None),
            error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        process.WaitForExit();
        return new Command(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Runs a program that must end well.</summary>
    internal static string Succeed(string program, string folder, params string[] arguments)
    {
        Command done = Run(program, folder, arguments);
        return done.ExitCode == 0
            ? done.Output
            : throw new InvalidOperationException(
                $"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {done.ExitCode}.\n{done.Output}\n{done.Error}"
            );
    }
}
