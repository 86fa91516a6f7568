using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The device that a stage computes on.</summary>
internal static class TorchSession
{
    /// <summary>Loads the native libraries and returns the device that option and context select.</summary>
    internal static Device Device(ComputeDevice choice, MLContext? context)
    {
        NativeRuntime.EnsureLoaded();
        int? gpu = context?.GpuDeviceId;
        if (choice == ComputeDevice.Cpu || (choice == ComputeDevice.Auto && gpu is null))
            return CPU;
        if (cuda.is_available())
        {
            if (gpu is { } number && (number < 0 || number >= cuda.device_count()))
                throw new NativeRuntimeException(
                    ErrorCode.CudaMissing.Message($"There is no GPU {number}: libtorch finds {cuda.device_count()}, counted from 0.")
                );
            backends.cuda.matmul.allow_tf32 = true;
            return torch.device(DeviceType.CUDA, gpu ?? 0);
        }

        return choice == ComputeDevice.Auto || context is { FallbackToCpu: true }
            ? CPU
            : throw new NativeRuntimeException(
                ErrorCode.CudaMissing.Message(
                    "A CUDA device was requested, but libtorch finds none. Build the application with the property TorchBackend set to cuda, "
                        + $"or set {NativeRuntime.EnvironmentVariable} to a libtorch with CUDA; or choose ComputeDevice.Cpu, or set "
                        + $"MLContext.FallbackToCpu."
                )
            );
    }
}
