using System.IO.Compression;
using CxrAnnotate.PackageTests;

[assembly: AssemblyFixture(typeof(Packages))]

namespace CxrAnnotate.PackageTests;

/// <summary>
/// The packages, packed once from what is built, under a version that no other run has, and a folder outside the repository where strangers' programs
/// are made that see them through a nuget.config alone.
/// </summary>
public sealed class Packages : IDisposable
{
    /// <summary>The packages of the library.</summary>
    internal static IReadOnlyList<string> Libraries { get; } =
    ["CxrAnnotate.Core", "CxrAnnotate.Evaluation", "CxrAnnotate.Imaging", "CxrAnnotate.Reports", "CxrAnnotate.Scoring", "CxrAnnotate"];

    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("cxr-packages");
    private readonly string _feed;
    private readonly Lazy<string> _cxr;
    private readonly Lazy<(string Folder, string Output)> _trained;

    /// <summary>Packs.</summary>
    public Packages()
    {
        Configuration = new DirectoryInfo(AppContext.BaseDirectory).Name is "debug" ? "Debug" : "Release";
        Version = $"0.2.0-test.{DateTime.UtcNow:yyyyMMddHHmmss}.{Environment.ProcessId}";
        _feed = Path.Combine(_scratch.FullName, "feed");
        foreach (string project in Libraries.Append("CxrAnnotate.Cli"))
            Command.Succeed(
                "dotnet",
                Root,
                "pack",
                "src/" + project,
                "-c",
                Configuration,
                "--no-build",
                "-v",
                "quiet",
                "-nologo",
                $"-p:PackageVersion={Version}",
                $"-p:RepositoryUrl={Address}.git",
                "-o",
                _feed
            );
        File.WriteAllText(
            Path.Combine(_scratch.FullName, "nuget.config"),
            $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <packageSources>
                <add key="packed" value="{_feed}" />
              </packageSources>
            </configuration>
            """
        );
        _cxr = new(InstallTool);
        _trained = new(Train);
    }

    /// <summary>The version of this run's packages.</summary>
    internal string Version { get; }

    /// <summary>The address that the packages are told their sources are at; a clone's own is that of git's origin.</summary>
    internal const string Address = "https://example.org/cxr-annotate";

    /// <summary>How the repository was built.</summary>
    internal string Configuration { get; }

    /// <summary>The installed tool; installed when it is first asked for.</summary>
    internal string Cxr => _cxr.Value;

    /// <summary>
    /// The folder that <see cref="PhantomFolder"/> draws and trains in, and what the training program printed; made when it is first asked for.
    /// </summary>
    internal (string Folder, string Output) Trained => _trained.Value;

    /// <summary>The repository.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>Opens a package: CxrAnnotate.nupkg is asked for as ("CxrAnnotate", "nupkg").</summary>
    internal ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(_feed, $"{id}.{Version}.{extension}"));

    /// <summary>A new folder for a program.</summary>
    internal string Folder(string name) => Directory.CreateDirectory(Path.Combine(_scratch.FullName, name)).FullName;

    /// <summary>Writes a console program that references the package, as the README tells a user to.</summary>
    internal string WriteProgram(
        string name,
        string source,
        string torchBackend = "cpu",
        string framework = "net10.0",
        string package = "CxrAnnotate"
    )
    {
        string folder = Folder(name);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), source);
        File.WriteAllText(
            Path.Combine(folder, Path.GetFileName(name) + ".csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{framework}</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                <TorchBackend>{torchBackend}</TorchBackend>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{Version}" />
              </ItemGroup>
            </Project>
            """
        );
        return folder;
    }

    /// <summary>Builds programs, all at once, and gives back where each lies.</summary>
    internal IReadOnlyList<string> Build(params IReadOnlyList<string> folders)
    {
        string list = Path.Combine(_scratch.FullName, Path.GetFileName(folders[0]) + ".slnx");
        IEnumerable<string> projects = folders.Select(f => $"  <Project Path=\"{Path.GetFileName(f)}/{Path.GetFileName(f)}.csproj\" />");
        File.WriteAllText(list, $"<Solution>\n{string.Join('\n', projects)}\n</Solution>\n");
        Command.Succeed("dotnet", _scratch.FullName, "build", list, "-c", "Release", "-v", "quiet", "-nologo");
        return
        [
            .. folders.Select(f => Path.Combine(f, "bin", "Release", "net10.0", Path.GetFileName(f) + (OperatingSystem.IsWindows() ? ".exe" : ""))),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scratch.Delete(recursive: true);
        // What was restored of this version lies in the user's cache, and nobody will ask for it again.
        string cache =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (string id in Libraries.Append("CxrAnnotate.Tool").Select(id => id.ToLowerInvariant()))
        {
            string restored = Path.Combine(cache, id, Version);
            if (Directory.Exists(restored))
                Directory.Delete(restored, recursive: true);
        }
    }

    /// <summary>Copies the packages to a folder.</summary>
    internal void CopyFeed(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string package in Directory.EnumerateFiles(_feed, "*.nupkg"))
            File.Copy(package, Path.Combine(folder, Path.GetFileName(package)));
    }

    private (string Folder, string Output) Train()
    {
        IReadOnlyList<string> built = Build(
            WriteProgram("phantoms", PhantomFolder.Draw, torchBackend: "none"),
            WriteProgram("training", PhantomFolder.Train)
        );
        string folder = Folder("trained");
        Command.Succeed(built[0], folder);
        return (folder, Command.Succeed(built[1], folder));
    }

    private string InstallTool()
    {
        string folder = Folder("tool");
        Command.Succeed("dotnet", _scratch.FullName, "tool", "install", "CxrAnnotate.Tool", "--version", Version, "--tool-path", folder);
        return Path.Combine(folder, OperatingSystem.IsWindows() ? "cxr.exe" : "cxr");
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CxrAnnotate.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException(
                $"These tests pack the repository that they lie in; there is none above '{AppContext.BaseDirectory}'."
            );
    }
}
