using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// Writes the progress of a cascade's training as plain lines: when a stage begins, every few seconds while it runs, and when it is done.
/// Thread-safe.
/// </summary>
internal sealed class TextProgress(TextWriter writer, TimeProvider time) : IProgress<CascadeProgress>
{
    /// <summary>The time between lines of a stage.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private string? _stage;
    private bool _ended;
    private long _begun,
        _lastLine;

    /// <inheritdoc/>
    public void Report(CascadeProgress value)
    {
        lock (_lock)
        {
            if (value.Stage != _stage)
            {
                (_stage, _ended) = (value.Stage, false);
                _begun = _lastLine = time.GetTimestamp();
                Write($"{value.Stage}{(value.Total > 0 ? $": {Count(value.Total)} {value.Unit}" : "")}");
            }

            bool ends = value.Total > 0 && value.Done >= value.Total && !_ended;
            if (!ends && (_ended || time.GetElapsedTime(_lastLine) < Interval))
                return;
            _ended |= ends;
            _lastLine = time.GetTimestamp();
            TimeSpan elapsed = time.GetElapsedTime(_begun);
            string amount =
                ends ? $"done in {Duration(elapsed)}"
                : value.Total > 0
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{100 * value.Done / value.Total} "
                            + $"%{(value.Done > 0 ? $", {Duration(elapsed * ((double)(value.Total - value.Done) / value.Done))} left" : "")}"
                    )
                : $"{Count(value.Done)} {value.Unit}";
            Write($"  {amount}{(value.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $", loss {loss:F3}") : "")}");
        }
    }

    private void Write(string line)
    {
        writer.WriteLine(line);
        writer.Flush();
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan span)
    {
        long seconds = (long)Math.Ceiling(span.TotalSeconds);
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{seconds % 60:D2}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:D2}:{seconds % 60:D2}");
    }
}
