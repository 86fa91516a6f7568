using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>Configures the threads of ONNX Runtime.</summary>
internal static class OnnxThreads
{
    /// <summary>
    /// Sets the number of threads, and lets them sleep instead of spin while they wait, unless the environment has OMP_WAIT_POLICY=ACTIVE
    /// (docs/performance.md).
    /// </summary>
    /// <param name="settings">The settings of a session.</param>
    /// <param name="threads">The number of threads; 0: one per core, or as many as the container allows.</param>
    internal static void Set(SessionOptions settings, int threads)
    {
        if (threads == 0)
            threads = CpuLimit.Processors;
        if (threads > 0)
            settings.IntraOpNumThreads = threads;
        string spin = string.Equals(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY"), "ACTIVE", StringComparison.OrdinalIgnoreCase) ? "1" : "0";
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", spin);
        settings.AddSessionConfigEntry("session.inter_op.allow_spinning", spin);
    }
}
