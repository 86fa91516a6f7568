using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;

namespace CxrAnnotate.PackageTests;

/// <summary>What is in the library's package.</summary>
public sealed class LibraryPackageTests(Packages packages)
{
    [Fact]
    public void It_holds_the_assembly_its_documentation_the_readme_and_no_natives()
    {
        using ZipArchive package = packages.Open("CxrAnnotate", "nupkg");
        string[] own =
        [
            .. package
                .Entries.Select(e => e.FullName)
                .Where(name =>
                    !name.StartsWith("_rels/", StringComparison.Ordinal)
                    && !name.StartsWith("package/", StringComparison.Ordinal)
                    && name != "[Content_Types].xml"
                ),
        ];
        Assert.Equal(
            [
                "CxrAnnotate.nuspec",
                "README.md",
                "THIRD-PARTY-NOTICES.txt",
                "buildTransitive/net10.0/CxrAnnotate.targets",
                "icon.png",
                "lib/net10.0/CxrAnnotate.dll",
                "lib/net10.0/CxrAnnotate.xml",
            ],
            own.Order(StringComparer.Ordinal)
        );
        Assert.Equal(File.ReadAllText(Path.Combine(Packages.Root, "README.md")), Text(package, "README.md"));
    }

    [Theory]
    [InlineData("CxrAnnotate")]
    [InlineData("CxrAnnotate.Tool")]
    public void A_package_says_what_it_is_under_which_licence_and_where_it_comes_from(string id)
    {
        XElement metadata = Metadata(id);
        Assert.Equal(id, Value(metadata, "id"));
        Assert.Equal(packages.Version, Value(metadata, "version"));
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("expression", metadata.Elements().Single(e => e.Name.LocalName == "license").Attribute("type")?.Value);
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.NotEmpty(Value(metadata, "description"));
        Assert.NotEmpty(Value(metadata, "tags"));
        Assert.Equal(Packages.Address, Value(metadata, "projectUrl"));
        Assert.Contains(
            Value(metadata, "releaseNotes").Split('\n')[0],
            File.ReadAllText(Path.Combine(Packages.Root, "CHANGELOG.md")),
            StringComparison.Ordinal
        );
        using (ZipArchive package = packages.Open(id, "nupkg"))
        {
            Assert.Equal(File.ReadAllText(Path.Combine(Packages.Root, "README.md")), Text(package, Value(metadata, "readme")));
            Assert.NotEmpty(Text(package, "THIRD-PARTY-NOTICES.txt"));
            AssertSquarePng(package, Value(metadata, "icon"));
        }

        Assert.Matches("^[0-9a-f]{40}$", metadata.Elements().Single(e => e.Name.LocalName == "repository").Attribute("commit")?.Value);
    }

    [Fact]
    public void Every_dependency_has_a_lower_and_an_upper_bound_and_none_brings_libtorch_but_libvips_comes_along()
    {
        (string Id, string Version)[] dependencies =
        [
            .. Packages
                .Libraries.SelectMany(library => Metadata(library).Descendants())
                .Where(e => e.Name.LocalName == "dependency")
                .Select(e => (e.Attribute("id")!.Value, e.Attribute("version")!.Value))
                .Where(d => !Packages.Libraries.Contains(d.Item1)),
        ];
        Assert.All(dependencies, d => Assert.Matches(@"^\[[0-9.]+, [0-9.]+\)$", d.Version));
        Assert.DoesNotContain(
            dependencies,
            d => d.Id.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase) || d.Id.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase)
        );
        Assert.Contains(dependencies, d => d.Id == "Microsoft.ML");
        Assert.Contains(dependencies, d => d.Id == "TorchSharp");
        // What a package's targets reference is not restored: only a dependency brings the natives.
        Assert.All(
            (string[])["linux-x64", "linux-arm64", "osx-arm64", "win-x64"],
            platform => Assert.Contains(dependencies, d => d.Id == "NetVips.Native." + platform)
        );
        string notices = File.ReadAllText(Path.Combine(Packages.Root, "THIRD-PARTY-NOTICES.txt"));
        Assert.All(dependencies, d => Assert.Contains(d.Id + " ", notices, StringComparison.Ordinal));
    }

    [Fact]
    public void An_application_that_only_scores_gets_neither_MLNet_nor_torch()
    {
        string folder = packages.WriteProgram(
            "scoring-only",
            "System.Console.WriteLine(typeof(CxrAnnotate.RadiographAnnotator));",
            package: "CxrAnnotate.Scoring"
        );
        string built = packages.Build(folder)[0];
        Assert.Equal("CxrAnnotate.RadiographAnnotator", Command.Succeed(built, folder).Trim());
        string listed = Command.Succeed("dotnet", folder, "list", "package", "--include-transitive");
        Assert.Contains("> Microsoft.ML.OnnxRuntime ", listed, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?i)torch|> Microsoft\.ML |SkiaSharp|Protobuf|CsvHelper", listed);
        Assert.DoesNotContain("torch", File.ReadAllText(Path.ChangeExtension(built, ".runtimeconfig.json")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Every_public_member_is_documented_in_the_package()
    {
        XElement[] documented =
        [
            .. Packages.Libraries.SelectMany(library =>
            {
                using ZipArchive package = packages.Open(library, "nupkg");
                return XDocument.Parse(Text(package, $"lib/net10.0/{library}.xml")).Descendants("member").ToArray();
            }),
        ];
        var members = documented.Select(m => m.Attribute("name")!.Value).ToHashSet(StringComparer.Ordinal);
        foreach (string type in (string[])["RecurrentCascadeEstimator", "RadiographAnnotator", "ChestXrayCatalog", "DataCatalog"])
            Assert.Contains("T:CxrAnnotate." + type, members);
        Assert.All(
            documented,
            m => Assert.False(m.Elements().All(e => e.Value.Length == 0 && !e.HasElements && e.Name != "inheritdoc"), m.Attribute("name")!.Value)
        );
    }

    [Fact]
    public void The_symbols_carry_the_sources()
    {
        using ZipArchive symbols = packages.Open("CxrAnnotate", "snupkg");
        using var content = new MemoryStream();
        using (Stream pdb = symbols.GetEntry("lib/net10.0/CxrAnnotate.pdb")!.Open())
            pdb.CopyTo(content);
        content.Position = 0;
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(content);
        MetadataReader reader = provider.GetMetadataReader();
        // The kind of custom debug information that holds a document's text, as the Portable PDB format numbers it.
        var embedded = new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
        var without =
            from handle in reader.Documents
            where !reader.GetCustomDebugInformation(handle).Any(info => reader.GetGuid(reader.GetCustomDebugInformation(info).Kind) == embedded)
            select reader.GetString(reader.GetDocument(handle).Name);
        Assert.Empty(without);
        Assert.Contains(
            reader.Documents,
            handle => reader.GetString(reader.GetDocument(handle).Name).EndsWith("ChestXrayCatalog.cs", StringComparison.Ordinal)
        );
    }

    /// <summary>A PNG says its width and height in bytes 16 to 23.</summary>
    private static void AssertSquarePng(ZipArchive package, string entry)
    {
        using Stream icon = package.GetEntry(entry)!.Open();
        var header = new byte[24];
        icon.ReadExactly(header);
        Assert.Equal("PNG"u8, header.AsSpan(1, 3));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16)));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(20)));
    }

    private XElement Metadata(string id = "CxrAnnotate")
    {
        using ZipArchive package = packages.Open(id, "nupkg");
        return XDocument.Parse(Text(package, id + ".nuspec")).Root!.Elements().Single();
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;

    private static string Text(ZipArchive package, string entry)
    {
        using var reader = new StreamReader(package.GetEntry(entry)!.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
