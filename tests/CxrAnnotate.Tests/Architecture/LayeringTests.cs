using System.Reflection;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>The rules of docs/architecture.md that the compiler cannot hold.</summary>
public sealed class LayeringTests
{
    /// <summary>Which folders a folder may use. An arrow that is missing here is one to think about, not one to add.</summary>
    private static readonly Dictionary<string, string[]> _mayUse = new()
    {
        ["Core"] = [],
        ["Annotations"] = [],
        ["Pipeline"] = ["Annotations"],
        ["Onnx"] = ["Core"],
        ["Files"] = [],
        ["Torch"] = ["Core", "Onnx", "Files"],
        ["Imaging"] = ["Core", "Pipeline", "Onnx", "Torch", "Files"],
        ["Data"] = ["Core", "Annotations", "Pipeline", "Imaging", "Files"],
        ["LabelMining"] = ["Annotations", "Pipeline", "Data", "Files"],
        ["Reports"] = ["Core", "Annotations", "Pipeline", "Data"],
        ["Balancing"] = ["Core", "Annotations", "Pipeline"],
        ["Vision"] = ["Core", "Annotations", "Pipeline", "Onnx", "Torch", "Imaging", "Balancing", "Files"],
        ["Decoding"] = ["Core", "Annotations", "Pipeline", "Onnx", "Torch", "Balancing", "Files"],
        ["Cascade"] = ["Core", "Annotations", "Pipeline", "Onnx", "Torch", "Imaging", "Data", "LabelMining", "Balancing", "Vision", "Decoding", "Files"],
        ["Evaluation"] = ["Core", "Annotations", "Pipeline"],
        ["Scoring"] = ["Annotations", "Onnx", "Files", "Imaging", "Decoding", "Cascade", "Evaluation"],
    };

    /// <summary>Where ML.NET and torch meet besides the trainers' callers: the choice of the device, and the cascade on disk.</summary>
    private static readonly string[] _seams = ["Cascade/CascadeFolder.cs", "Torch/TorchSession.cs"];

    [Fact]
    public void Folders_use_only_what_lies_below_them()
    {
        SourceTree library = SourceTree.Library();
        Assert.Equal(
            _mayUse.Keys.Order(),
            library.Files.Select(file => file.Folder).Where(folder => folder.Length > 0 && folder != "buildTransitive").Distinct().Order()
        );
        Assert.Empty(
            from uses in library.FolderDependencies()
            from use in uses
            where !_mayUse[uses.Key].Contains(use.Uses)
            select $"{uses.Key} -> {use.Uses}: {use.Because}"
        );
    }

    [Fact]
    public void TorchSharp_is_used_by_networks_and_trainers_alone() =>
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
    public void MLNet_is_used_by_the_pipeline_and_stages_alone() =>
        Assert.Empty(
            SourceTree
                .Library()
                .Files.Where(file =>
                    file.UsesMLNet
                    && file.Folder is not ("Pipeline" or "Data" or "")
                    && !_seams.Contains(file.Path)
                    && !Regex.IsMatch(
                        file.Name,
                        "(Estimator|Transformer|Mapper|Mapping|Options|Column|EvaluationReader|CascadeCrossValidation|OutOfFoldReadings"
                            + "|TrainingProgress)$"
                    )
                )
                .Select(file => file.Path)
        );

    [Fact]
    public void No_file_but_the_seams_uses_both() =>
        Assert.Equal(_seams, SourceTree.Library().Files.Where(file => file.UsesTorch && file.UsesMLNet).Select(file => file.Path));

    [Theory]
    [InlineData("Annotations/")]
    [InlineData("Balancing/ClassWeights")]
    [InlineData("Balancing/EpochSampler")]
    [InlineData("Cascade/CascadeFindings")]
    [InlineData("Cascade/CascadeScores")]
    [InlineData("Cascade/ContextCluster")]
    [InlineData("Cascade/KMeans")]
    [InlineData("Cascade/Silhouette")]
    [InlineData("Core/")]
    [InlineData("Data/StudySplitter")]
    [InlineData("Data/PatientFacts")]
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
    [InlineData("Decoding/FindingCaptions")]
    [InlineData("Evaluation/AnnotationSets")]
    [InlineData("Evaluation/AnnotationSlots")]
    [InlineData("Evaluation/CaptionMetrics")]
    [InlineData("Evaluation/CaseMeasures")]
    [InlineData("Evaluation/ClassificationMetrics")]
    [InlineData("Evaluation/FindingMeasures")]
    [InlineData("Evaluation/FindingsEvaluation")]
    [InlineData("Evaluation/Intervals")]
    [InlineData("Evaluation/Metric")]
    [InlineData("Evaluation/Ranking")]
    [InlineData("Evaluation/TrivialBaselines")]
    [InlineData("Imaging/Resampler")]
    [InlineData("LabelMining/FindingTargets")]
    [InlineData("LabelMining/LabelMiner")]
    [InlineData("LabelMining/MersenneTwister")]
    [InlineData("LabelMining/MiningRule")]
    [InlineData("LabelMining/Paper")]
    [InlineData("Reports/FindingMention")]
    [InlineData("Reports/MentionTerms")]
    [InlineData("Reports/MinedReport")]
    [InlineData("Reports/Phrase")]
    [InlineData("Reports/Report")]
    [InlineData("Reports/SectionReader")]
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
            .. typeof(ChestXrayCatalog).Assembly.GetExportedTypes().Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal)),
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
        Assert.Equal(["CxrAnnotate"], typeof(ChestXrayCatalog).Assembly.GetExportedTypes().Select(type => type.Namespace).Distinct());
}
