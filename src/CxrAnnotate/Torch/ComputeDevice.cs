namespace CxrAnnotate;

/// <summary>Where the networks are computed.</summary>
public enum ComputeDevice
{
    /// <summary>The GPU named by <c>MLContext.GpuDeviceId</c> if that is set and the GPU exists; else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>
    /// The first CUDA device, or the one named by <c>MLContext.GpuDeviceId</c>; an error if there is none (unless <c>MLContext.FallbackToCpu</c>).
    /// </summary>
    Cuda,
}
