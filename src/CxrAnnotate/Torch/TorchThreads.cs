using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The number of threads that torch computes with, for as long as this is held; what was set before comes back after it. The order of additions, and
/// so the last bits of the weights, depend on it. It holds for the whole process: trainings and readings beside it compute with as many.
/// </summary>
/// <example><code>
/// using (TorchThreads.Use(4))
///     report = ml.ChestXray().Evaluate(cascade.Transform(rows));
/// </code></example>
public sealed class TorchThreads : IDisposable
{
    private readonly int _before;

    private TorchThreads(int before) => _before = before;

    /// <summary>Sets the number until what is returned is disposed.</summary>
    /// <param name="threads">The number of threads; 0 leaves it as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static TorchThreads Use(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        NativeRuntime.EnsureLoaded();
        int before = get_num_threads();
        if (threads > 0)
            set_num_threads(threads);
        return new TorchThreads(before);
    }

    /// <summary>Limits torch's threads to the processors that the container allows, unless the user chose their number.</summary>
    internal static void KeepToLimit()
    {
        if (
            CpuLimit.Processors is > 0 and var limit
            && get_num_threads() > limit
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"))
        )
            set_num_threads(limit);
    }

    /// <summary>Sets the number that was set before.</summary>
    public void Dispose() => set_num_threads(_before);
}
