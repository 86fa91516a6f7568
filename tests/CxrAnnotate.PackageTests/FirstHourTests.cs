namespace CxrAnnotate.PackageTests;

/// <summary>The commands of README.md, word for word, as a user with an empty home runs them outside the repository.</summary>
public sealed class FirstHourTests : IDisposable
{
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("cxr-first-hour");

    /// <inheritdoc/>
    public void Dispose() => _scratch.Delete(recursive: true);

    [Fact]
    public void Every_command_of_the_readme_runs_in_an_empty_home()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The commands are those of a shell on Linux.");
        string repository = Clone(),
            home = _scratch.CreateSubdirectory("home").FullName,
            folder = _scratch.CreateSubdirectory("anywhere").FullName;
        var (script, leftOut) = MarkdownCommands.Of(File.ReadAllText(Path.Combine(Packages.Root, "README.md")), repository);
        Assert.Contains("./build.sh install", script, StringComparison.Ordinal);
        Assert.InRange(leftOut.Count, 0, 3);

        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = home,
            // Packages that this machine has need not be fetched again; they are read, and nothing is written there.
            ["NUGET_FALLBACK_PACKAGES"] =
                Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        };
        foreach (string name in (string[])["NUGET_PACKAGES", "DOTNET_CLI_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CXR_LIBTORCH", "CI"])
            environment[name] = null;
        string before = File.ReadAllText(Path.Combine(repository, "nuget.config"));
        File.WriteAllText(Path.Combine(folder, "commands.sh"), script);
        Command done = Command.Run("bash", folder, environment, "-x", "commands.sh");

        TestContext.Current.TestOutputHelper?.WriteLine(done.Output);
        Assert.True(done.ExitCode == 0, $"ended with {done.ExitCode}\n{done.Output}\n{done.Error}");
        Assert.Equal(before, File.ReadAllText(Path.Combine(repository, "nuget.config")));
        // libtorch came into the empty home, and the program trained with it and told how it went.
        Assert.True(File.Exists(Path.Combine(home, ".nuget/packages/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native/libtorch_cpu.so")));
        Assert.Contains("iteration 2: image network", done.Output, StringComparison.Ordinal);
        Assert.Contains("macro-F1 ", done.Output, StringComparison.Ordinal);
    }

    /// <summary>The repository as a user clones it, with what is changed here and not yet committed.</summary>
    private string Clone()
    {
        string clone = Path.Combine(_scratch.FullName, "CxrAnnotate");
        Command.Succeed("git", Packages.Root, "clone", "--quiet", "--local", ".", clone);
        foreach (
            string file in Command
                .Succeed("git", Packages.Root, "ls-files", "--cached", "--others", "--exclude-standard")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        )
        {
            string source = Path.Combine(Packages.Root, file),
                target = Path.Combine(clone, file);
            if (!File.Exists(source))
            {
                File.Delete(target);
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target, overwrite: true);
        }
        return clone;
    }
}
