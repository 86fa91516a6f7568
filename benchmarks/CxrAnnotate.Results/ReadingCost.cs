using System.Diagnostics;

namespace CxrAnnotate.Results;

/// <summary>What a reader's process took: all folds, trainings and readings, from the files of the images on.</summary>
/// <param name="Seconds">By the clock.</param>
/// <param name="ProcessorSeconds">Of all threads.</param>
/// <param name="PeakMemoryBytes">The largest resident set of the process.</param>
internal sealed record ReadingCost(double Seconds, double ProcessorSeconds, long PeakMemoryBytes)
{
    /// <summary>Runs a reader and measures this process, which therefore must have done nothing else of note.</summary>
    internal static (T Result, ReadingCost Cost) Of<T>(Func<T> read)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        T result = read();
        process.Refresh();
        return (
            result,
            new ReadingCost(watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - before).TotalSeconds, process.PeakWorkingSet64)
        );
    }
}
