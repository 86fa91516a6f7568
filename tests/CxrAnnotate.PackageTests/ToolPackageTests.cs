using System.IO.Compression;
using System.Text.Json;

namespace CxrAnnotate.PackageTests;

/// <summary>The tool, installed from its package.</summary>
public sealed class ToolPackageTests(Packages packages)
{
    private const string Weights = "DnnImageModels/ResNet18Onnx/ResNet18.onnx";

    /// <summary>The tool, libvips and ONNX Runtime for one platform, without the weights; with the natives of all platforms it is 100 MB.</summary>
    private const long LargestPackage = 40_000_000;

    [Fact]
    public void Its_package_names_no_place_on_the_machine_that_packed_it_and_leaves_libtorch_to_the_user()
    {
        using ZipArchive package = packages.Open("CxrAnnotate.Tool", "nupkg");
        Assert.DoesNotContain(package.Entries, e => e.Name.StartsWith("libtorch", StringComparison.Ordinal));
        Assert.InRange(package.Entries.Where(e => !IsOfImageNet(e)).Sum(e => e.CompressedLength), 1, LargestPackage);
        ZipArchiveEntry configuration = package.Entries.Single(e => e.Name == "cxr.runtimeconfig.json");
        using var reader = new StreamReader(configuration.Open());
        Assert.DoesNotContain("CxrAnnotate.LibTorch", reader.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_package_has_the_natives_of_one_platform_and_notices_for_all_that_it_redistributes()
    {
        using ZipArchive package = packages.Open("CxrAnnotate.Tool", "nupkg");
        string[] platforms =
        [
            .. package
                .Entries.Select(e => e.FullName.Split('/'))
                .Where(parts => parts is ["tools", _, _, "runtimes", ..])
                .Select(parts => parts[4])
                .Distinct(),
        ];
        Assert.Single(platforms);
        using var reader = new StreamReader(package.GetEntry("THIRD-PARTY-NOTICES.txt")!.Open());
        string notices = reader.ReadToEnd();
        using JsonDocument manifest = JsonDocument.Parse(package.Entries.Single(e => e.Name == "cxr.deps.json").Open());
        string[] redistributed =
        [
            .. manifest
                .RootElement.GetProperty("libraries")
                .EnumerateObject()
                .Where(l => l.Value.GetProperty("type").GetString() == "package")
                .Select(l => l.Name.Split('/')[0]),
        ];
        Assert.NotEmpty(redistributed);
        Assert.All(redistributed, id => Assert.Contains(id + " ", notices, StringComparison.Ordinal));
        Assert.Contains(package.Entries, e => e.FullName.Contains("third-party/NetVips.Native.", StringComparison.Ordinal));
    }

    [Fact]
    public void Its_package_has_the_weights_of_ImageNet_once_and_nothing_else_of_their_package()
    {
        using ZipArchive package = packages.Open("CxrAnnotate.Tool", "nupkg");
        ZipArchiveEntry weights = Assert.Single(package.Entries, IsOfImageNet);
        Assert.EndsWith("/" + Weights, weights.FullName, StringComparison.Ordinal);
        Assert.InRange(weights.Length, 63_000_000, 64_000_000);
        Assert.DoesNotContain(package.Entries, e => e.Name.Contains("DnnImageFeaturizer", StringComparison.Ordinal));
    }

    [Fact]
    public void It_trains_annotates_and_exports()
    {
        string folder = packages.Folder("tool-run");
        Command.Succeed(packages.Cxr, folder, "phantom", "--out", "phantoms", "--studies", "60", "--size", "64");
        string image = Directory.EnumerateFiles(Path.Combine(folder, "phantoms", "images")).Order(StringComparer.Ordinal).First();
        Command.Succeed(
            packages.Cxr,
            folder,
            "train",
            "--data",
            "phantoms/annotations.csv",
            "--out",
            "run",
            "--image-size",
            "64",
            "--epochs",
            "1",
            "--minimum-cases",
            "4",
            "--iterations",
            "1"
        );
        using JsonDocument read = JsonDocument.Parse(Command.Succeed(packages.Cxr, folder, "annotate", "--run", "run", image, "--json"));
        Assert.Contains(Path.GetFileName(image), read.RootElement.ToString(), StringComparison.Ordinal);
        Command.Succeed(packages.Cxr, folder, "export", "--run", "run", "--onnx", "cascade.onnx");
        Assert.True(File.Exists(Path.Combine(folder, "cascade.onnx")));
    }

    [Fact]
    public void Without_libtorch_it_says_in_one_message_how_to_get_it()
    {
        string folder = packages.Folder("no-torch");
        Command done = Command.Run(
            packages.Cxr,
            folder,
            new Dictionary<string, string?> { ["NUGET_PACKAGES"] = folder, ["CXR_LIBTORCH"] = null },
            "train",
            "--phantom",
            "60",
            "--minimum-cases",
            "4",
            "--out",
            "run"
        );
        Assert.Equal(1, done.ExitCode);
        Assert.Contains("cxr setup", done.Error, StringComparison.Ordinal);
    }

    private static bool IsOfImageNet(ZipArchiveEntry entry) => entry.FullName.Contains("/DnnImageModels/", StringComparison.Ordinal);
}
