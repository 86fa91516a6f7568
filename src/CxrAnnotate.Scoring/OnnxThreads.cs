using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>How the threads of ONNX Runtime compute and wait.</summary>
internal static class OnnxThreads
{
    /// <summary>
    /// Sets the number of threads, and that they sleep instead of spinning while they wait, unless the user's environment says OMP_WAIT_POLICY=ACTIVE
    /// (docs/performance.md).
    /// </summary>
    /// <param name="settings">The settings of a session.</param>
    /// <param name="threads">The number of threads; 0 takes as many as there are cores, or as the container allows processors.</param>
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
