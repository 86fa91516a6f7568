using System.Diagnostics;
using System.Text;

namespace CxrAnnotate.Tests;

/// <summary>A sample, run as its user runs it: in a process of its own.</summary>
internal sealed class Sample : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new(),
        _error = new();

    private Sample(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => Add(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Add(_error, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far.</summary>
    internal string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>What it has written to standard error so far.</summary>
    internal string Error
    {
        get
        {
            lock (_error)
                return _error.ToString();
        }
    }

    internal bool HasEnded => _process.HasExited;

    /// <summary>Waits for its end and returns its exit code.</summary>
    internal async Task<int> ExitCode()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Runs a sample to its end; it must exit with 0.</summary>
    internal static async Task<(string Output, string Error)> Run(string name, params string[] arguments)
    {
        using Sample sample = Start(name, arguments);
        // A sample that hangs fails its test, and does not hold up the others.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(5));
        await sample._process.WaitForExitAsync(patience.Token);
        Assert.True(sample._process.ExitCode == 0, $"{name} ended with {sample._process.ExitCode}.\n{sample.Output}\n{sample.Error}");
        return (sample.Output, sample.Error);
    }

    internal static Sample Start(string name, params string[] arguments) => Start(name, [], arguments);

    internal static Sample Start(string name, IEnumerable<(string Name, string Value)> environment, params string[] arguments)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string program = Path.Combine(
            TestData.RepositoryRoot,
            "artifacts",
            "bin",
            name,
            configuration,
            OperatingSystem.IsWindows() ? name + ".exe" : name
        );
        Assert.SkipUnless(File.Exists(program), $"The sample is not built: {program}. Build the solution first.");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string variable, string value) in environment)
            start.Environment[variable] = value;
        return new Sample(Process.Start(start)!);
    }

    public void Dispose()
    {
        // A failed test shows the output of its sample.
        string state = HasEnded ? $"ended with {_process.ExitCode}" : "running";
        TestContext.Current.TestOutputHelper?.WriteLine($"{_process.StartInfo.FileName}: {state}\n{Output}\n{Error}");
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static void Add(StringBuilder to, string? line)
    {
        lock (to)
        {
            if (line is not null)
                to.AppendLine(line);
        }
    }
}
