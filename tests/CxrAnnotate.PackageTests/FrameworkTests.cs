namespace CxrAnnotate.PackageTests;

/// <summary>What a project is told that the package does not fit, or that it must add something to.</summary>
public sealed class FrameworkTests(Packages packages)
{
    [Theory]
    [InlineData("net8.0")]
    [InlineData("net9.0")]
    [InlineData("netstandard2.1")]
    public void A_project_of_an_older_framework_is_told_which_one_the_package_is_for(string framework)
    {
        string folder = packages.WriteProgram("for-" + framework, "", framework: framework);
        Command restored = Command.Run("dotnet", folder, "restore", "--verbosity", "quiet");
        Assert.NotEqual(0, restored.ExitCode);
        Assert.Contains(
            $"NU1202: Package CxrAnnotate {packages.Version} is not compatible with {framework} ",
            restored.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("supports: net10.0 ", restored.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu", "win-x64", "TorchSharp-cpu")]
    [InlineData("cuda", "linux-x64", "TorchSharp-cuda-linux")]
    [InlineData("none", "win-x64", null)]
    [InlineData("cpu", "linux-arm64", null)]
    public void An_application_is_told_which_package_has_the_natives_of_its_backend(string torchBackend, string platform, string? expected)
    {
        string folder = packages.WriteProgram(
            $"backend-{torchBackend}-{platform}",
            "System.Console.WriteLine(typeof(CxrAnnotate.RadiographAnnotator));",
            torchBackend
        );
        Command built = Command.Run(
            "dotnet",
            folder,
            "build",
            "-c",
            "Release",
            "-nologo",
            "-v",
            "quiet",
            "-clp:NoSummary",
            "-r",
            platform,
            "--self-contained",
            "false",
            "-p:UseAppHost=false",
            "-p:TreatWarningsAsErrors=false"
        );
        Assert.True(built.ExitCode == 0, built.Output + built.Error);
        if (expected is null)
            Assert.DoesNotContain("warning", built.Output, StringComparison.Ordinal);
        else
            Assert.Contains($"dotnet add package {expected} --version", built.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_output_of_a_build_has_the_natives_of_the_machine_that_built_it()
    {
        string folder = packages.WriteProgram(
            "plain-build",
            "System.Console.WriteLine(typeof(CxrAnnotate.RadiographAnnotator));",
            torchBackend: "none"
        );
        string output = Path.GetDirectoryName(packages.Build(folder)[0])!;
        string[] natives =
        [
            .. Directory
                .EnumerateFiles(Path.Combine(output, "runtimes"), "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Path.Combine(output, "runtimes"), file)),
        ];
        Assert.Contains(natives, file => Path.GetFileName(file).Contains("onnxruntime", StringComparison.Ordinal));
        Assert.Contains(natives, file => Path.GetFileName(file).Contains("vips", StringComparison.Ordinal));
        Assert.Single(natives.Select(file => file.Split(Path.DirectorySeparatorChar)[0]).Distinct());
    }
}
