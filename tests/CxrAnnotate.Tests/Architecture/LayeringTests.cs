using System.Reflection;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>The rules of docs/architecture.md that the compiler cannot enforce.</summary>
public sealed class LayeringTests
{
    /// <summary>
    /// Which folders a folder may use, sub-folders by themselves; the root of CxrAnnotate, the catalog, is "". A dependency that is missing here is
    /// one to think about, not one to add. The compiler also enforces what another assembly may use.
    /// </summary>
    private static readonly Dictionary<string, string[]> _mayUse = new()
    {
        ["Core"] = [],
        ["Core/Annotations"] = ["Core"],
        ["Core/Files"] = ["Core"],
        ["Core/Reliability"] = ["Core", "Core/Annotations", "Core/Statistics"],
        ["Core/Statistics"] = ["Core"],
        ["Imaging/Files"] = ["Core"],
        ["Imaging/Codecs"] = ["Core", "Imaging/Files"],
        ["Imaging/Dicom"] = ["Core", "Core/Statistics", "Imaging/Codecs", "Imaging/Files"],
        ["Imaging"] = ["Core", "Core/Statistics", "Imaging/Codecs", "Imaging/Dicom", "Imaging/Files"],
        ["Reports"] = ["Core", "Core/Annotations", "Core/Files", "Core/Statistics"],
        ["Evaluation"] = ["Core", "Core/Annotations", "Core/Statistics"],
        ["Evaluation/Pages"] = ["Core", "Core/Annotations", "Core/Files", "Evaluation"],
        ["Scoring"] = ["Core", "Core/Annotations", "Core/Files", "Core/Reliability", "Imaging", "Imaging/Files"],
        ["Pipeline"] = ["Core", "Core/Annotations"],
        ["Onnx"] = ["Core", "Core/Annotations", "Core/Reliability", "Core/Statistics", "Scoring"],
        ["Torch"] = ["Core", "Core/Files", "Core/Statistics", "Onnx"],
        ["Loading"] = ["Core", "Core/Files", "Imaging", "Pipeline", "Onnx"],
        ["Data"] =
        [
            "Core",
            "Core/Annotations",
            "Core/Files",
            "Core/Statistics",
            "Pipeline",
            "Imaging",
            "Imaging/Dicom",
            "Imaging/Files",
            "Reports",
            "Data/Phantom",
            "Data/Rows",
            "Data/Sets",
        ],
        ["Data/Rows"] = ["Core", "Core/Files", "Pipeline"],
        ["Data/Phantom"] = ["Core", "Core/Annotations", "Core/Statistics", "Imaging", "Imaging/Dicom", "Data/Rows"],
        ["Data/Sets"] = ["Core", "Core/Annotations", "Core/Files", "Pipeline", "Imaging/Files", "Data/Rows"],
        ["LabelMining"] = ["Core", "Core/Annotations", "Core/Files", "Core/Statistics", "Pipeline"],
        ["ReportMining"] = ["Core", "Core/Annotations", "Pipeline", "Reports", "Data/Sets"],
        ["Balancing"] = ["Core", "Core/Annotations", "Core/Statistics", "Pipeline"],
        ["Vision"] =
        [
            "Core",
            "Core/Annotations",
            "Core/Files",
            "Core/Statistics",
            "Pipeline",
            "Onnx",
            "Torch",
            "Imaging",
            "Balancing",
        ],
        ["Decoding"] = ["Core", "Core/Annotations", "Core/Files", "Core/Statistics", "Pipeline", "Onnx", "Torch", "Balancing"],
        ["Explaining"] = ["Core", "Core/Annotations", "Imaging", "Pipeline", "Scoring", "Vision", "Cascade"],
        ["EvaluationRows"] = ["Core", "Core/Annotations", "Pipeline", "Evaluation", "Data/Rows"],
        ["Auditing"] =
        [
            "Core",
            "Core/Statistics",
            "Pipeline",
            "Imaging",
            "Imaging/Files",
            "Loading",
            "Evaluation",
            "Data/Rows",
            "LabelMining",
            "Vision",
        ],
        ["Cascade"] =
        [
            "Core",
            "Core/Annotations",
            "Core/Files",
            "Core/Reliability",
            "Core/Statistics",
            "Pipeline",
            "Onnx",
            "Torch",
            "Imaging",
            "Loading",
            "Data",
            "LabelMining",
            "Balancing",
            "Vision",
            "Decoding",
            "Evaluation",
            "Scoring",
        ],
        ["JointSpace"] =
        [
            "Core",
            "Core/Annotations",
            "Core/Statistics",
            "Pipeline",
            "Onnx",
            "Decoding",
            "Cascade",
            "Evaluation",
            "Scoring",
        ],
    };

    /// <summary>Where ML.NET and torch meet besides the trainers' callers: the choice of the device, and the cascade on disk.</summary>
    private static readonly string[] _seams = ["Cascade/CascadeFolder.cs", "Torch/TorchSession.cs"];

    [Fact]
    public void Folders_use_only_what_lies_below_them()
    {
        SourceTree library = SourceTree.Library();
        Assert.Equal(_mayUse.Keys.Order(StringComparer.Ordinal), library.Folders.Where(folder => folder.Length > 0));
        Assert.Empty(
            from uses in library.FolderDependencies()
            where uses.Key.Length > 0
            from use in uses
            where !_mayUse[uses.Key].Contains(use.Uses)
            select $"{uses.Key} -> {(use.Uses.Length == 0 ? "the catalog" : use.Uses)}: {use.Because}"
        );
    }

    /// <summary>
    /// Takes away folders that use none of those that are left. Of folders that use each other, by whatever way, none can be the first.
    /// </summary>
    [Fact]
    public void No_folder_uses_itself_by_way_of_others()
    {
        SourceTree library = SourceTree.Library();
        ILookup<string, (string Uses, string Type, string Because)> dependencies = library.FolderDependencies();
        List<string> left = [.. library.Folders];
        while (left.RemoveAll(left.Where(folder => !dependencies[folder].Any(use => left.Contains(use.Uses))).ToHashSet().Contains) > 0) { }
        Assert.Empty(left);
    }

    [Fact]
    public void The_matrix_of_folders_is_printed_on_request()
    {
        string matrix = SourceTree.Library().Matrix();
        Assert.Equal(_mayUse.Count + 3, matrix.TrimEnd().Split('\n').Length);
        if (Environment.GetEnvironmentVariable("CXR_PRINT_MATRIX") is { Length: > 0 } file)
            File.WriteAllText(file, matrix);
    }

    [Theory]
    [InlineData("CxrAnnotate.Core", "")]
    [InlineData("CxrAnnotate.Imaging", "CxrAnnotate.Core NetVips")]
    [InlineData("CxrAnnotate.Reports", "CxrAnnotate.Core")]
    [InlineData("CxrAnnotate.Evaluation", "CxrAnnotate.Core OxyPlot")]
    [InlineData("CxrAnnotate.Scoring", "CxrAnnotate.Core CxrAnnotate.Imaging Microsoft.ML.OnnxRuntime")]
    public void An_assembly_references_only_the_platform_and_these(string assembly, string references) =>
        Assert.Equal(
            references.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Assembly
                .Load(assembly)
                .GetReferencedAssemblies()
                .Select(reference => reference.Name!)
                .Where(name => name != "netstandard" && !name.StartsWith("System.", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );

    /// <summary>Programs and saved models of before the split name CxrAnnotate.dll for what was public then, not for what came later.</summary>
    [Fact]
    public void Types_that_were_public_in_CxrAnnotate_before_the_split_are_found_there() =>
        Assert.Equal(36, LibraryAssemblies.Top.GetForwardedTypes().Count(type => LibraryAssemblies.Below.Contains(type.Assembly)));

    /// <summary>What the tool does, any program that references the packages can do.</summary>
    [Fact]
    public void The_tool_uses_the_public_surface_alone() =>
        Assert.DoesNotContain(
            typeof(Cli.CommandLine).Assembly.GetName().Name,
            LibraryAssemblies
                .Below.Prepend(LibraryAssemblies.Top)
                .SelectMany(assembly => assembly.GetCustomAttributes<System.Runtime.CompilerServices.InternalsVisibleToAttribute>())
                .Select(friend => friend.AssemblyName)
        );

    [Fact]
    public void TorchSharp_is_used_only_by_networks_and_trainers() =>
        Assert.Empty(
            SourceTree
                .Library()
                .Files.Where(file =>
                    file.UsesTorch
                    && (
                        file.Folder is not ("Torch" or "Vision" or "Decoding" or "Cascade")
                        || Regex.IsMatch(file.Name, "(Estimator|Transformer|Mapper|Options|Catalog)$")
                    )
                )
                .Select(file => file.Path)
        );

    [Fact]
    public void MLNet_is_used_only_by_the_pipeline_and_stages() =>
        Assert.Empty(
            SourceTree
                .Library()
                .Files.Where(file =>
                    file.UsesMLNet
                    && file.Folder is not ("Pipeline" or "Data" or "Data/Phantom" or "Data/Rows" or "Data/Sets" or "")
                    && !_seams.Contains(file.Path)
                    && !Regex.IsMatch(
                        file.Name,
                        "(Estimator|Transformer|Mapper|Mapping|Options|Column|EvaluationReader|SpaceCase|CascadeCrossValidation|OutOfFoldReadings"
                            + "|DataAuditor|OutOfFoldScores"
                            + "|TrainingProgress)$"
                    )
                )
                .Select(file => file.Path)
        );

    [Fact]
    public void Only_the_seams_use_both() =>
        Assert.Equal(_seams, SourceTree.Library().Files.Where(file => file.UsesTorch && file.UsesMLNet).Select(file => file.Path));

    [Theory]
    [InlineData("Core/")]
    [InlineData("Auditing/Copy")]
    [InlineData("Auditing/LabelDoubts")]
    [InlineData("Auditing/PerceptualHash")]
    [InlineData("Auditing/ReaderTrial")]
    [InlineData("Balancing/ClassWeights")]
    [InlineData("Balancing/EpochSampler")]
    [InlineData("Cascade/CascadeChoice")]
    [InlineData("Cascade/CascadePair")]
    [InlineData("Cascade/CascadeScores")]
    [InlineData("Cascade/ContextCluster")]
    [InlineData("Cascade/KMeans")]
    [InlineData("Cascade/Silhouette")]
    [InlineData("Data/Rows/PatientFacts")]
    [InlineData("Data/Sets/FindingPlace")]
    [InlineData("Data/Sets/FreeTextReport")]
    [InlineData("Data/Sets/Label")]
    [InlineData("Data/Sets/PythonLists")]
    [InlineData("Data/Sets/Source")]
    [InlineData("Data/Phantom/ChestPhantom")]
    [InlineData("Data/Phantom/Frontal")]
    [InlineData("Data/Phantom/Lateral")]
    [InlineData("Data/Phantom/PhantomCanvas")]
    [InlineData("Decoding/BeamSearch")]
    [InlineData("Decoding/SamplingSearch")]
    [InlineData("Decoding/DecoderVocabulary")]
    [InlineData("Evaluation/")]
    [InlineData("Imaging/")]
    [InlineData("LabelMining/FindingTargets")]
    [InlineData("LabelMining/LabelMiner")]
    [InlineData("LabelMining/MersenneTwister")]
    [InlineData("LabelMining/MiningRule")]
    [InlineData("LabelMining/Paper")]
    [InlineData("Reports/")]
    [InlineData("Scoring/")]
    [InlineData("Vision/ImagePreparer")]
    [InlineData("Vision/LabelThresholds")]
    [InlineData("Vision/LocalContrast")]
    [InlineData("Vision/WordTargets")]
    public void Algorithms_use_neither_MLNet_nor_torch(string start)
    {
        SourceFile[] files = [.. SourceTree.Library().Files.Where(file => file.Path.StartsWith(start, StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(file => file.UsesMLNet || file.UsesTorch).Select(file => file.Path));
    }

    [Fact]
    public void Option_types_are_sealed_and_cannot_be_written_to()
    {
        Type[] options =
        [
            .. LibraryAssemblies.PublicTypes.Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal)),
        ];
        Assert.NotEmpty(options);
        Assert.Empty(options.Where(type => !type.IsSealed).Select(type => type.Name));
        Assert.Empty(
            from type in options
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where
                property.SetMethod is { } set
                && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit))
            select $"{type.Name}.{property.Name}"
        );
    }

    [Fact]
    public void All_public_types_are_in_the_one_namespace() =>
        Assert.Equal(["CxrAnnotate"], LibraryAssemblies.PublicTypes.Select(type => type.Namespace).Distinct());
}
