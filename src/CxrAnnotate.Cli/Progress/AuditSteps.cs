namespace CxrAnnotate.Cli;

/// <summary>Shows the progress of an audit: one step for each kind of work.</summary>
internal sealed class AuditSteps(ProgressReporter reporter) : IProgress<DataAuditProgress>, IDisposable
{
    private readonly Lock _lock = new();
    private string? _name;
    private ProgressStep? _step;

    public void Report(DataAuditProgress value)
    {
        lock (_lock)
        {
            if (_step is null || _name != value.Step)
            {
                _step?.Dispose();
                _name = value.Step;
                _step = reporter.Begin(value.Step, value.Total, value.Step == "readers" ? "fits" : "images");
            }

            // Several threads report; what is done never shrinks.
            if (value.Done > _step.Meter.Done)
                _step.Report(value.Done);
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
