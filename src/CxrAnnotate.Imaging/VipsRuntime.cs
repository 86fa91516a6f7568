using NetVips;

namespace CxrAnnotate;

/// <summary>Loads and configures libvips, which decodes the images.</summary>
internal static class VipsRuntime
{
    private static readonly Lazy<string?> _failure = new(Load);

    /// <summary>The version of libvips, after <see cref="EnsureLoaded"/>. Another version may decode other values.</summary>
    internal static string Version
    {
        get => field ??= FormattableString.Invariant($"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}");
    }

    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    internal static void EnsureLoaded()
    {
        if (_failure.Value is { } failure)
            throw new NativeRuntimeException(ErrorCode.VipsUnusable.Message(failure));
    }

    private static string? Load()
    {
        try
        {
            if (ModuleInitializer.VipsInitialized)
            {
                // Every file is decoded once: cached operations would only keep its bytes in memory.
                Cache.Max = 0;
                if (CpuLimit.Processors is > 0 and var limit && NetVips.NetVips.Concurrency > limit)
                    NetVips.NetVips.Concurrency = limit;
                // What libvips warns of and does not raise does no harm to the picture (see VipsRows.Load).
                Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, static (_, _, _) => { });
                return null;
            }

            return Message(ModuleInitializer.Exception?.Message);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException)
        {
            return Message(e.Message);
        }
    }

    private static string Message(string? reason) =>
        "libvips, which decodes the radiographs, cannot be loaded. Reference the CxrAnnotate package (or NetVips.Native) from the executable "
        + "project: it brings libvips 8.18. "
        + $"({reason?.Split('\n', 2)[0].Trim() ?? "no further reason given"})";
}
