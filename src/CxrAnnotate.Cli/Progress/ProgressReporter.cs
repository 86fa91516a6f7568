using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>Reports progress on the error stream: bars on a terminal, otherwise plain lines at intervals.</summary>
internal abstract class ProgressReporter : IDisposable
{
    private protected ProgressReporter(TimeProvider time) => Time = time;

    private protected TimeProvider Time { get; }

    internal static ProgressReporter Create(Terminal terminal, bool quiet = false, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        if (quiet)
            return new QuietProgress(terminal.Error, time);
        if (!terminal.ErrorIsTerminal)
            return new LineProgress(terminal.Error, time);
        // Bars are redrawn by control codes, which not every terminal understands.
        IAnsiConsole console = terminal.ErrorConsole();
        return console.Profile.Capabilities is { Ansi: true, Interactive: true }
            ? new BarProgress(console, time)
            : new LineProgress(terminal.Error, time);
    }

    /// <summary>Begins a step of work. It ends when the returned object is disposed.</summary>
    /// <param name="name">The name of the step.</param>
    /// <param name="total">The total amount of work; 0 if unknown.</param>
    /// <param name="unit">The unit of the amounts, in the plural.</param>
    internal abstract ProgressStep Begin(string name, double total, string unit);

    /// <summary>Writes a note.</summary>
    internal abstract void Note(string text);

    /// <summary>Writes a warning.</summary>
    internal abstract void Warn(string text);

    /// <summary>Stops drawing bars, so that other output can be written.</summary>
    internal abstract void Finish();

    public void Dispose() => Finish();
}
