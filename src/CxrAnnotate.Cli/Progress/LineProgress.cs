using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Progress as plain lines: one when a step begins to take time, one at every interval, one at its end.</summary>
internal sealed class LineProgress(TextWriter error, TimeProvider time) : ProgressReporter(time)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<ProgressStep, long> _lastLine = [];

    internal override ProgressStep Begin(string name, double total, string unit)
    {
        ProgressStep step = new(name, new ProgressMeter(total, unit, Time), Changed);
        lock (_lock)
            _lastLine[step] = Time.GetTimestamp();
        return step;
    }

    internal override void Note(string text) => Write(text);

    internal override void Warn(string text) => Write($"warning: {text}");

    internal override void Finish() { }

    private void Changed(ProgressStep step, bool ended)
    {
        ProgressMeter meter = step.Meter;
        lock (_lock)
        {
            if (!_lastLine.TryGetValue(step, out long last) || !ended && Time.GetElapsedTime(last) < Interval)
                return;
            if (ended)
                _lastLine.Remove(step);
            else
                _lastLine[step] = Time.GetTimestamp();
        }
        string amount =
            ended && meter.Done >= meter.Total
                ? string.Create(CultureInfo.InvariantCulture, $"{meter.Done:N0} {meter.Unit} in {ProgressMeter.FormatTime(meter.Elapsed)}")
            : meter.Total > 0
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{meter.Done:N0} of {meter.Total:N0} {meter.Unit} ({100 * meter.Done / meter.Total:F0} %)"
                )
            : string.Create(CultureInfo.InvariantCulture, $"{meter.Done:N0} {meter.Unit}");
        string rate = ProgressMeter.FormatRate(ended ? meter.OverallRate() : meter.Rate(), meter.Unit);
        string left = !ended && meter.Remaining() is { } remaining ? $"{ProgressMeter.FormatTime(remaining)} left" : "";
        Write($"{step.Name}: {string.Join(", ", ((string[])[amount, rate, left, step.Remark]).Where(part => part.Length > 0))}");
    }

    private void Write(string line)
    {
        lock (_lock)
        {
            error.WriteLine(TerminalText.Escape(line));
            error.Flush();
        }
    }
}
