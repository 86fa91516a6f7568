using System.Text.RegularExpressions;

namespace CxrAnnotate.PackageTests;

/// <summary>
/// Every way to publish that docs/deploy.md names, word for word: it is as small as the page says, and what it writes reads an image.
/// </summary>
public sealed partial class PublishTests(Packages packages)
{
    /// <summary>Megabytes that a folder may have more than the page says: the runtime and the packages grow from version to version.</summary>
    private const int Tolerance = 12;

    private const string Program = """
        using CxrAnnotate;

        using var annotator = RadiographAnnotator.Load(args[0]);
        foreach (AnnotatedRadiograph item in annotator.Annotate(args[1..]))
            Console.WriteLine(item.Reading?.Annotation ?? throw new InvalidDataException(item.Error));
        """;

    [Fact]
    public void Every_kind_of_the_page_is_published_and_reads_an_image()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux()
                && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64,
            "The page's sizes are those of Linux x64."
        );
        string reader = packages.WriteProgram("Reader", Program, package: "CxrAnnotate.Scoring"),
            folder = Path.GetDirectoryName(reader)!;
        (string model, string image, string expected) = SavedModel();
        Match[] commands = Publish().Matches(Page()).ToArray();
        Assert.Contains(commands, command => command.Value.Contains("PublishAot", StringComparison.Ordinal));
        Assert.Multiple([
            .. commands.Select(command =>
                (Action)(
                    () =>
                    {
                        string[] arguments = command.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                        string output = Path.Combine(folder, command.Groups["output"].Value);
                        if (arguments.Contains("-p:PublishAot=true") && !HasLinker())
                        {
                            TestContext.Current.TestOutputHelper?.WriteLine("Not compiled to machine code: neither clang nor gcc is installed.");
                            return;
                        }
                        string said = Command.Succeed("dotnet", folder, arguments);
                        // What cannot be trimmed or compiled in our code would be said here.
                        Assert.DoesNotMatch("warning IL[23]", said);
                        long megabytes =
                            new DirectoryInfo(output).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) / (1024 * 1024);
                        int written = int.Parse(command.Groups["size"].Value, System.Globalization.CultureInfo.InvariantCulture);
                        Assert.True(megabytes <= written + Tolerance, $"{output} has {megabytes} MB, the page says {written}.");
                        if (arguments.Contains("linux-arm64"))
                        {
                            // An ELF header names the machine in bytes 18 and 19: 183 is AArch64.
                            Assert.All(
                                (string[])["Reader", "libonnxruntime.so", "libvips.so.42"],
                                file => Assert.Equal(183, BitConverter.ToUInt16(File.ReadAllBytes(Path.Combine(output, file)), 18))
                            );
                            return;
                        }
                        Assert.Equal(expected, Command.Succeed(Path.Combine(output, "Reader"), folder, model, image).Trim());
                    }
                )
            ),
        ]);
    }

    [Fact]
    public void The_publishing_of_the_dockerfile_works_where_the_page_says_that_things_lie()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The image is Linux's.");
        string folder = packages.Folder("docker"),
            output = Path.Combine(folder, "app");
        packages.WriteProgram(Path.Combine("docker", "Reader"), Program, package: "CxrAnnotate.Scoring");
        packages.CopyFeed(Path.Combine(folder, "packages"));
        string[] build = Dockerfile()
            .Match(Page())
            .Groups["command"]
            .Value.Replace(" /app ", $" {output} ", StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("dotnet", build[0]);
        Command.Succeed(build[0], folder, build[1..]);
        (string model, string image, string expected) = SavedModel();
        Assert.Equal(expected, Command.Succeed(Path.Combine(output, "Reader"), folder, model, image).Trim());
    }

    /// <summary>A model, an image, and what the model reads in it.</summary>
    private (string Model, string Image, string Expected) SavedModel()
    {
        string[] line = packages.Trained.Output.Split('\n')[0].Trim().Split(' ');
        return (Path.Combine(packages.Trained.Folder, "cascade.onnx"), Path.Combine(packages.Trained.Folder, line[0]), string.Join(' ', line[1..^1]));
    }

    private static bool HasLinker() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "clang")) || File.Exists(Path.Combine(folder, "gcc")));

    private static string Page() => File.ReadAllText(Path.Combine(Packages.Root, "docs", "deploy.md"));

    [GeneratedRegex(@"^dotnet (?<arguments>publish .*-o (?<output>\S+)) +# (?<size>\d+) MB$", RegexOptions.Multiline)]
    private static partial Regex Publish();

    [GeneratedRegex(@"^RUN (?<command>dotnet publish .*)$", RegexOptions.Multiline)]
    private static partial Regex Dockerfile();
}
