namespace CxrAnnotate.Cli;

/// <summary>No progress and no notes: only warnings, each on a line.</summary>
internal sealed class QuietProgress(TextWriter error, TimeProvider time) : ProgressReporter(time)
{
    private readonly Lock _lock = new();

    internal override ProgressStep Begin(string name, double total, string unit) => new(name, new ProgressMeter(total, unit, Time), (_, _) => { });

    internal override void Note(string text) { }

    internal override void Warn(string text)
    {
        lock (_lock)
        {
            error.WriteLine($"warning: {text}");
            error.Flush();
        }
    }

    internal override void Finish() { }
}
