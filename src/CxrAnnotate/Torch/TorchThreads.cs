using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The number of threads that torch computes with, for as long as this is held; what was set before comes back after it. The order of additions, and
/// so the last bits of the weights, depend on it.
/// </summary>
internal readonly struct TorchThreads : IDisposable
{
    private readonly int _before;

    private TorchThreads(int before) => _before = before;

    /// <param name="threads">The number of threads; 0 leaves it as it is.</param>
    internal static TorchThreads Use(int threads)
    {
        int before = get_num_threads();
        if (threads > 0)
            set_num_threads(threads);
        return new TorchThreads(before);
    }

    /// <summary>Has torch use no more threads than the container allows processors; unless the user chose their number.</summary>
    internal static void KeepToLimit()
    {
        if (
            CpuLimit.Processors is > 0 and var limit
            && get_num_threads() > limit
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"))
        )
            set_num_threads(limit);
    }

    /// <inheritdoc/>
    public void Dispose() => set_num_threads(_before);
}
