using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>
/// Threads that do nothing but collect garbage, of the first generation and of all, with finalizers running; and processes that keep the processor
/// busy. All end with it.
/// </summary>
internal sealed class CollectorStress : IDisposable
{
    private readonly List<Thread> _collectors = [];
    private readonly List<Process> _busy = [];
    private volatile bool _done;

    /// <param name="busyProcesses">Processes that compete for the processor, each with one thread that never waits.</param>
    internal CollectorStress(int busyProcesses)
    {
        foreach (int generation in (int[])[0, 2])
        {
            var collector = new Thread(() => Collect(generation)) { IsBackground = true };
            collector.Start();
            _collectors.Add(collector);
        }

        for (int i = 0; i < busyProcesses; i++)
            _busy.Add(Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]))!);
    }

    /// <summary>How often garbage was collected so far.</summary>
    internal int Collections { get; private set; }

    public void Dispose()
    {
        _done = true;
        foreach (Thread collector in _collectors)
            collector.Join();
        foreach (Process process in _busy)
        {
            process.Kill();
            process.Dispose();
        }
    }

    private void Collect(int generation)
    {
        while (!_done)
        {
            _ = new byte[1000];
            GC.Collect(generation);
            GC.WaitForPendingFinalizers();
            if (generation == 0)
                Collections++;
        }
    }
}
