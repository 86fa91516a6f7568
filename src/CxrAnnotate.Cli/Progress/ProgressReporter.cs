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

    /// <summary>Begins a piece of work. It ends when what is returned is disposed.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="total">How much there is to do; 0 where that is not known.</param>
    /// <param name="unit">What is counted, in the plural.</param>
    internal abstract ProgressStep Begin(string name, double total, string unit);

    /// <summary>A line for the reader.</summary>
    internal abstract void Note(string text);

    /// <summary>A line about something that the reader should look after.</summary>
    internal abstract void Warn(string text);

    /// <summary>Ends the drawing of bars, so that other things can be written.</summary>
    internal abstract void Finish();

    public void Dispose() => Finish();
}
