using System.CommandLine;
using System.Runtime.InteropServices;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr setup</c>: fetches libtorch, which training needs, once per user.</summary>
internal sealed class SetupVerb : Verb
{
    private readonly Option<string[]> _source = new("--source")
    {
        HelpName = "URL|DIR",
        Description = "A NuGet source to ask instead of those of the NuGet configuration. May be given several times.",
        DefaultValueFactory = _ => [],
    };

    internal SetupVerb()
        : base(
            "setup",
            "Fetch libtorch (128 MB), which training needs, into the NuGet cache of this user, and check that it can be loaded. Once is "
                + "enough."
        ) => Add(_source);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Fetch libtorch by the NuGet configuration of this folder and user", "cxr setup"),
        new("From a folder of packages, on a machine without a network", "cxr setup --source packages"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string libraries;
        bool fetched = false;
        if (Environment.GetEnvironmentVariable(NativeRuntime.EnvironmentVariable) is { Length: > 0 } named)
        {
            session.Progress.Note(
                $"{NativeRuntime.EnvironmentVariable} is set: the libtorch that it names takes precedence, and none is fetched."
            );
            libraries = named;
        }
        else if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            throw new PlatformNotSupportedException(
                ErrorCode.LibtorchNotFetched.Message(
                    "The tool fetches libtorch only for Linux x64. On Windows and macOS, train with a program that references the package "
                        + "TorchSharp-cpu; on Linux for ARM saved models are read, not trained."
                )
            );
        }
        else
        {
            LibTorchPackage package = LibTorchPackage.OfUser();
            libraries = package.Libraries;
            string? defect = package.Defect(cancellation);
            if (defect is not null)
            {
                if (Directory.Exists(libraries))
                    session.Progress.Note($"{defect}: it is fetched again.");
                using ProgressStep step = session.Progress.Begin("Fetching libtorch", LibTorchPackage.FinalMegabytes, "MB");
                package.Fetch(parsed.GetValue(_source)!, step, cancellation);
                step.Report(LibTorchPackage.FinalMegabytes);
                fetched = true;
            }
        }
        NativeRuntime.EnsureLoaded();
        session.Progress.Finish();
        if (session.WantsJson)
            session.WriteJson(
                new
                {
                    folder = libraries,
                    libtorchVersion = NativeRuntime.PackageVersion,
                    fetched,
                }
            );
        else
            session.Console.MarkupLineInterpolated(
                $"libtorch {NativeRuntime.PackageVersion} is {(fetched ? "fetched" : "installed")} and can be loaded: [bold]{libraries}[/]"
            );
    }
}
