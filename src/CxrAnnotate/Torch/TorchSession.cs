using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The choices of one training that torch keeps for the whole process: device, threads, seed.</summary>
internal static class TorchSession
{
    /// <summary>Loads the native libraries and gives the device that option and context ask for.</summary>
    internal static Device Device(ComputeDevice choice, MLContext? context)
    {
        NativeRuntime.EnsureLoaded();
        int? gpu = context?.GpuDeviceId;
        if (choice == ComputeDevice.Cpu || (choice == ComputeDevice.Auto && gpu is null))
            return CPU;
        if (cuda.is_available())
        {
            backends.cuda.matmul.allow_tf32 = true;
            return torch.device(DeviceType.CUDA, gpu ?? 0);
        }

        return choice == ComputeDevice.Auto || context is { FallbackToCpu: true }
            ? CPU
            : throw new NativeRuntimeException("A CUDA device was asked for, but libtorch finds none. Build the application with the property TorchBackend set to cuda, " +
                $"or name a libtorch with CUDA by {NativeRuntime.EnvironmentVariable}; or choose ComputeDevice.Cpu, or set MLContext.FallbackToCpu.");
    }

    /// <summary>Seeds torch's generator and fixes the number of threads (0 leaves it), on which the order of additions and so the last bits of the weights depend.</summary>
    internal static void Begin(int seed, int threads)
    {
        NativeRuntime.EnsureLoaded();
        if (threads > 0)
            set_num_threads(threads);
        random.manual_seed(seed);
    }
}
