namespace CxrAnnotate.Cli;

/// <summary>One step of long work, from <see cref="ProgressReporter.Begin"/> to its disposal. Thread-safe.</summary>
internal sealed class ProgressStep : IProgress<int>, IDisposable
{
    private readonly Action<ProgressStep, bool> _changed;
    private int _ended;

    internal ProgressStep(string name, ProgressMeter meter, Action<ProgressStep, bool> changed)
    {
        Name = name;
        Meter = meter;
        _changed = changed;
    }

    internal string Name { get; }

    internal ProgressMeter Meter { get; }

    /// <summary>A short remark on the state of the work, for example its loss.</summary>
    internal string Remark { get; private set; } = "";

    /// <summary>Reports how much of the total is done.</summary>
    public void Report(int value) => Report((double)value);

    /// <summary>Reports how much of the total is done, with a short remark on the state of the work.</summary>
    internal void Report(double done, string? remark = null)
    {
        if (remark is not null)
            Remark = remark;
        Meter.Update(done);
        _changed(this, false);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            _changed(this, true);
    }
}
