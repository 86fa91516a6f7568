using System.Diagnostics;

namespace CxrAnnotate.Results;

/// <summary>What a reader's process took: all folds, trainings and readings, from the files of the images on.</summary>
/// <param name="Seconds">By the clock.</param>
/// <param name="ProcessorSeconds">Of all threads.</param>
/// <param name="PeakMemoryBytes">The largest resident set of the process.</param>
internal sealed record ReadingCost(double Seconds, double ProcessorSeconds, long PeakMemoryBytes)
{
    /// <summary>Runs a reader and measures this process, which therefore must have done nothing else of note.</summary>
    internal static (IReadOnlyList<ReaderOutput> Outputs, ReadingCost Cost) Of(Func<IReadOnlyList<ReaderOutput>> read)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        IReadOnlyList<ReaderOutput> outputs = read();
        process.Refresh();
        return (
            outputs,
            new ReadingCost(watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - before).TotalSeconds, process.PeakWorkingSet64)
        );
    }
}
