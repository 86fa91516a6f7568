using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Shows the progress of a cascade's training: one step for each of its stages, with throughput, remaining time and loss.</summary>
internal sealed class CascadeProgressSteps(ProgressReporter reporter) : IProgress<CascadeProgress>, IDisposable
{
    private readonly Lock _lock = new();
    private string? _stage;
    private ProgressStep? _step;

    public void Report(CascadeProgress value)
    {
        lock (_lock)
        {
            if (_step is null || _stage != value.Stage)
            {
                // A stage that reported only its start has ended when the next one starts.
                if (_step is { Meter: { Done: 0, Total: > 0 and var all } })
                    _step.Report(all);
                _step?.Dispose();
                _stage = value.Stage;
                _step = reporter.Begin(value.Stage, value.Total, value.Unit);
            }
            // The number of rows differs between epochs, so that the total is updated.
            _step.Meter.Total = value.Total;
            _step.Report(value.Done, value.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"loss {loss:F3}") : null);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _step?.Dispose();
            _step = null;
        }
    }
}
