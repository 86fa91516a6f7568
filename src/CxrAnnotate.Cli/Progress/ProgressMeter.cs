using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>
/// The progress, speed (over the last seconds) and remaining time of a step of work; a total of 0 is unknown. Thread-safe.
/// </summary>
internal sealed class ProgressMeter(double total, string unit, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromSeconds(0.5);

    private readonly Lock _lock = new();
    private readonly Queue<(long At, double Done)> _samples = new([(time.GetTimestamp(), 0)]);
    private readonly long _start = time.GetTimestamp();
    private long _last = time.GetTimestamp();
    private double _done;
    private double _total = total;

    /// <summary>The total amount of work, which may change.</summary>
    internal double Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
        set
        {
            lock (_lock)
                _total = value;
        }
    }

    internal string Unit => unit;

    internal double Done
    {
        get
        {
            lock (_lock)
                return _done;
        }
    }

    internal TimeSpan Elapsed => time.GetElapsedTime(_start);

    internal void Update(double done)
    {
        lock (_lock)
        {
            _done = _total > 0 ? Math.Clamp(done, _done, Math.Max(_total, _done)) : Math.Max(done, _done);
            long now = time.GetTimestamp();
            if (time.GetElapsedTime(_last, now) < BetweenSamples)
                return;
            _last = now;
            _samples.Enqueue((now, _done));
            while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().At, now) > Window)
                _samples.Dequeue();
        }
    }

    /// <summary>Units per second over the last seconds; 0 while unknown.</summary>
    internal double Rate()
    {
        lock (_lock)
        {
            (long at, double done) = _samples.Peek();
            double seconds = time.GetElapsedTime(at).TotalSeconds;
            return seconds > 0 ? (_done - done) / seconds : 0;
        }
    }

    /// <summary>Units per second since the beginning.</summary>
    internal double OverallRate() => Elapsed.TotalSeconds > 0 ? Done / Elapsed.TotalSeconds : 0;

    internal TimeSpan? Remaining() =>
        Total > 0 && Rate() is > 0 and double rate ? TimeSpan.FromSeconds(Math.Clamp((Total - Done) / rate, 0, 359999)) : null;

    internal static string FormatRate(double rate, string unit) =>
        rate <= 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(rate >= 100 ? rate.ToString("N0", CultureInfo.InvariantCulture) : rate.ToString("G3", CultureInfo.InvariantCulture))} {unit}/s"
            );

    internal static string FormatTime(TimeSpan span)
    {
        int seconds = (int)Math.Ceiling(span.TotalSeconds);
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{seconds % 60:D2}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:D2}:{seconds % 60:D2}");
    }
}
