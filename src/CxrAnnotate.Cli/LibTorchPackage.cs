using System.ComponentModel;
using System.Diagnostics;

namespace CxrAnnotate.Cli;

/// <summary>libtorch as a package in a NuGet cache: checks and fetches it.</summary>
/// <param name="cache">The package cache, with a folder for each package and in it one for each version.</param>
/// <param name="dotnet">The program that fetches packages.</param>
internal sealed class LibTorchPackage(string cache, string dotnet)
{
    /// <summary>The SHA-256 of the files that are loaded, of version 2.10.0.</summary>
    private static readonly IReadOnlyDictionary<string, string> _hashes = new Dictionary<string, string>
    {
        ["libc10.so"] = "5a54a1c71c90df5011b20529bba91bcd160871c7cb19f33d9da8e73f9c45fbbc",
        ["libgomp-98b21ff3.so.1"] = "6b254201cafdc5389580d77139398a298f63ce3b139cfbcceade961ac0d721cb",
        ["libtorch.so"] = "aaa36e9d80c624fc796e0fd591ebe7a59262814f57bc639ec20f6ae91fadb760",
        ["libtorch_cpu.so"] = "0f4b3e14ed8468219fefe110605e741afc6bfbec27cc777a224301edb9f24c41",
    };

    /// <summary>The size of the complete package in the cache, packed and unpacked, in bytes; progress is relative to it.</summary>
    private const long FinalBytes = 626_295_526;

    /// <summary>The folder of the version.</summary>
    internal string Folder { get; } = Path.Combine(cache, NativeRuntime.Package, NativeRuntime.PackageVersion);

    /// <summary>The folder of the libraries.</summary>
    internal string Libraries => Path.Combine(Folder, "runtimes", "linux-x64", "native");

    /// <summary>The package in the user's NuGet cache, fetched by the user's own `dotnet`.</summary>
    internal static LibTorchPackage OfUser()
    {
        string? root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        string?[] places = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"), string.IsNullOrEmpty(root) ? null : Path.Combine(root, "dotnet")];
        return new LibTorchPackage(NativeRuntime.PackageCache(), places.FirstOrDefault(File.Exists) ?? "dotnet");
    }

    /// <summary>The defect of the libraries in the cache; null if all are as published.</summary>
    internal string? Defect(CancellationToken cancellation = default)
    {
        foreach (var (name, expected) in _hashes)
        {
            cancellation.ThrowIfCancellationRequested();
            string path = Path.Combine(Libraries, name);
            if (!File.Exists(path))
                return $"'{path}' is missing";
            if (Sha256.OfFile(path) != expected)
                return $"'{path}' is not the published file (its SHA-256 differs)";
        }
        return null;
    }

    /// <summary>Fetches the package with the user's NuGet configuration and verifies it.</summary>
    /// <param name="sources">NuGet sources to use instead of the configured ones; empty: the configured ones.</param>
    /// <param name="progress">Called with the number of megabytes downloaded.</param>
    /// <param name="cancellation">Stops the download.</param>
    internal void Fetch(IReadOnlyList<string> sources, IProgress<int> progress, CancellationToken cancellation)
    {
        using FileStream held = Lock(cancellation);
        if (Directory.Exists(Libraries) && Defect(cancellation) is null)
            return; // Another process has fetched it in the meantime.
        // The remains of an interrupted attempt, or a damaged package, would be taken for the package.
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        var start = new ProcessStartInfo(dotnet) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (
            string argument in (string[])
                [
                    "package",
                    "download",
                    $"{NativeRuntime.Package}@{NativeRuntime.PackageVersion}",
                    "--output",
                    cache,
                    .. sources.SelectMany(source => (string[])["--source", source]),
                ]
        )
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_NOLOGO"] = "1";
        (int exitCode, string said) = Run(start, progress, cancellation);
        if (exitCode != 0)
            throw new InvalidOperationException(
                ErrorCode.LibtorchNotFetched.Message(
                    $"libtorch could not be fetched: 'dotnet package download' ended with {exitCode}: {said}. {Otherwise}"
                )
            );
        if (Defect(cancellation) is { } defect)
            throw new InvalidDataException(
                ErrorCode.LibtorchNotFetched.Message(
                    $"libtorch was fetched, but {defect}. The NuGet source serves another file; name another one by --source."
                )
            );
    }

    /// <summary>Waits until no other process of this user fetches libtorch. The lock is on an empty file beside the versions, which stays.</summary>
    private FileStream Lock(CancellationToken cancellation)
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(Folder)!).FullName, "cxr-setup.lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(0.5));
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private static string Otherwise =>
        $"The package is {NativeRuntime.Package} {NativeRuntime.PackageVersion}; sources are those of the NuGet configuration of this folder and "
        + $"user ('dotnet nuget list source'), or --source. "
        + $"An installed libtorch 2.10 or PyTorch is used if {NativeRuntime.EnvironmentVariable} names its 'lib' folder.";

    private (int ExitCode, string Said) Run(ProcessStartInfo start, IProgress<int> progress, CancellationToken cancellation)
    {
        using Process process = new() { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException(
                ErrorCode.LibtorchNotFetched.Message(
                    $"libtorch could not be fetched: '{start.FileName}', the .NET SDK's program that fetches packages, cannot be started "
                        + $"({e.Message}). Install the .NET SDK 10. {Otherwise}"
                ),
                e
            );
        }
        using CancellationTokenRegistration stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None),
            error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (!process.WaitForExit(TimeSpan.FromSeconds(0.5)))
            progress.Report((int)(CurrentBytes() / 1_000_000));
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        string[] lines =
        [
            .. $"{output.GetAwaiter().GetResult()}\n{error.GetAwaiter().GetResult()}"
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Distinct(),
        ];
        string[] errors = [.. lines.Where(line => line.Contains("error", StringComparison.OrdinalIgnoreCase))];
        return (process.ExitCode, string.Join(' ', errors.Length > 0 ? errors : lines.TakeLast(3)).TrimEnd('.'));
    }

    /// <summary>The size of the complete package in the cache, in megabytes.</summary>
    internal static int FinalMegabytes => (int)(FinalBytes / 1_000_000);

    private long CurrentBytes()
    {
        try
        {
            return Directory.Exists(Folder) ? new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;
        }
        catch (IOException)
        {
            // NuGet renames and removes files while it unpacks; the next count is right again.
            return 0;
        }
    }
}
