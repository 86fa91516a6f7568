using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Fetching libtorch, with programs in place of dotnet that imitate NuGet sources.</summary>
public sealed class LibTorchPackageTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_the_sdk_the_error_says_what_to_install()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            new LibTorchPackage(_folder.Path, Path.Combine(_folder.Path, "no-dotnet")).Fetch([], new Count(), TestContext.Current.CancellationToken)
        );
        Assert.Contains(".NET SDK 10", error.Message, StringComparison.Ordinal);
        Assert.Contains(NativeRuntime.EnvironmentVariable, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_of_a_failed_dotnet_is_passed_on()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            Package("echo 'Downloading'; echo 'error: NU1301: the source cannot be reached' >&2; exit 1")
                .Fetch([], new Count(), TestContext.Current.CancellationToken)
        );
        Assert.Contains("NU1301: the source cannot be reached", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Downloading", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_other_than_the_published_one_is_rejected_by_name()
    {
        LibTorchPackage package = Package(
            $"mkdir -p \"$5/{NativeRuntime.Package}/{NativeRuntime.PackageVersion}/runtimes/linux-x64/native\"; cd "
                + $"\"$5/{NativeRuntime.Package}/{NativeRuntime.PackageVersion}/runtimes/linux-x64/native\"; for f in libc10.so "
                + $"libgomp-98b21ff3.so.1 libtorch.so libtorch_cpu.so; do echo x > $f; done"
        );
        var error = Assert.Throws<InvalidDataException>(() => package.Fetch([], new Count(), TestContext.Current.CancellationToken));
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
        Assert.Contains(package.Libraries, error.Message, StringComparison.Ordinal);
        Assert.NotNull(package.Defect(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_named_sources_are_used_and_the_remains_of_an_earlier_attempt_are_removed()
    {
        LibTorchPackage package = Package("echo \"error: $*\"; exit 3");
        Directory.CreateDirectory(package.Libraries);
        File.WriteAllText(Path.Combine(package.Libraries, "libtorch.so"), "half");
        var error = Assert.Throws<InvalidOperationException>(() => package.Fetch(["one", "two"], new Count(), TestContext.Current.CancellationToken));
        Assert.Contains($"package download {NativeRuntime.Package}@{NativeRuntime.PackageVersion} --output", error.Message, StringComparison.Ordinal);
        Assert.Contains("--source one --source two", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(package.Libraries, "libtorch.so")));
    }

    [Fact]
    public void Cancelling_a_fetch_ends_the_program()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        string begun = Path.Combine(_folder.Path, "begun");
        LibTorchPackage package = Package($"touch '{begun}'; exec sleep 600");
        var progress = new Count
        {
            Reported = () =>
            {
                if (File.Exists(begun))
                    source.Cancel();
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() => package.Fetch([], progress, source.Token));
    }

    [Fact]
    public void The_package_in_the_cache_is_the_published_one()
    {
        LibTorchPackage package = LibTorchPackage.OfUser();
        Assert.SkipUnless(Directory.Exists(package.Libraries), $"There is no libtorch in the NuGet cache: {package.Libraries}.");
        Assert.Null(package.Defect(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_setups_at_once_fetch_once()
    {
        string real = LibTorchPackage.OfUser().Libraries,
            fetches = Path.Combine(_folder.Path, "fetches");
        Assert.SkipUnless(Directory.Exists(real), $"There is no libtorch in the NuGet cache: {real}.");
        LibTorchPackage package = Package(
            $"echo fetch >> '{fetches}'; mkdir -p \"$5/{NativeRuntime.Package}/{NativeRuntime.PackageVersion}/runtimes/linux-x64\"; ln -s '{real}' "
                + $"\"$5/{NativeRuntime.Package}/{NativeRuntime.PackageVersion}/runtimes/linux-x64/native\""
        );
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => package.Fetch([], new Count(), cancellation), cancellation)));
        Assert.Null(package.Defect(cancellation));
        Assert.Single(await File.ReadAllLinesAsync(fetches, cancellation));
    }

    private LibTorchPackage Package(string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The programs in the place of dotnet are shell scripts.");
        string dotnet = Path.Combine(_folder.Path, "dotnet");
        File.WriteAllText(dotnet, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new LibTorchPackage(Path.Combine(_folder.Path, "cache"), dotnet);
    }

    private sealed class Count : IProgress<int>
    {
        internal Action Reported { get; init; } = () => { };

        public void Report(int value) => Reported();
    }
}
