using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.NasBert;

namespace CxrAnnotate.Tests;

/// <summary>Microsoft.ML.TorchSharp beside this library, in one process and on one TorchSharp (docs/adr/0008).</summary>
public sealed class MLNetTorchSharpTests
{
    [Fact]
    public void One_of_its_references_to_TorchSharp_does_not_resolve()
    {
        Assembly assembly = typeof(TorchSharpCatalog).Assembly;
        using var file = new PEReader(File.OpenRead(assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        MemberReferenceHandle[] references =
        [
            .. metadata.MemberReferences.Where(handle => AssemblyOf(metadata, metadata.GetMemberReference(handle).Parent) == "TorchSharp"),
        ];
        Assert.Equal(313, references.Length);
        Assert.Equal(
            ["interpolate"],
            references
                .Where(handle => !Resolves(assembly.ManifestModule, MetadataTokens.GetToken(handle)))
                .Select(handle => metadata.GetString(metadata.GetMemberReference(handle).Name))
        );
    }

    [Fact]
    public void Both_work_in_one_process()
    {
        var context = new MLContext(seed: 1);
        using var folder = new ScratchFolder();
        IDataView rows = SmallCascade.WritePhantoms(context, folder.Path);
        RecurrentCascadeOptions options = SmallCascade.Options() with { Iterations = 1 };
        using RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(options).Fit(rows);
        // One TorchSharp for both, and the other package's trainer runs on it as far as it can without its pretrained model.
        Assert.Contains(
            typeof(TorchSharp.torch).Assembly.GetName().Name,
            typeof(TorchSharpCatalog).Assembly.GetReferencedAssemblies().Select(name => name.Name)
        );
        Assert.Single(AppDomain.CurrentDomain.GetAssemblies(), loaded => loaded.GetName().Name == "TorchSharp");
        SchemaShape shape = TextClassification(context).GetOutputSchema(Shapes.Of(Sentences(context).Schema));
        Assert.Contains(shape, column => column.Name == "PredictedLabel");
        Assert.Contains(cascade.Transform(rows).GetColumn<string>("Annotation"), text => text.Length > 0);
    }

    [Fact]
    public void Its_text_classification_is_trained_beside_this_library()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("CXR_DOWNLOAD") == "1",
            "Fitting downloads a pretrained model of several hundred megabytes: set CXR_DOWNLOAD=1 where there is a network."
        );
        var context = new MLContext(seed: 1);
        IDataView rows = Sentences(context);
        Assert.Equal(4, TextClassification(context).Fit(rows).Transform(rows).GetColumn<uint>("PredictedLabel").Count());
    }

    private static TextClassificationTrainer TextClassification(MLContext context) =>
        context.MulticlassClassification.Trainers.TextClassification("Label", sentence1ColumnName: "Sentence", maxEpochs: 1);

    private static IDataView Sentences(MLContext context)
    {
        IDataView rows = context.Data.LoadFromEnumerable<Row>([
            new() { Sentence = "heart size is normal", Class = "normal" },
            new() { Sentence = "lungs are clear", Class = "normal" },
            new() { Sentence = "the heart is enlarged", Class = "abnormal" },
            new() { Sentence = "left pleural effusion", Class = "abnormal" },
        ]);
        return context.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(rows).Transform(rows);
    }

    private static bool Resolves(Module module, int token)
    {
        // Whatever fits every constraint stands for the type parameters of the place that names the member.
        Type[] parameters = [.. Enumerable.Repeat(typeof(float), 4)];
        try
        {
            module.ResolveMember(token, parameters, parameters);
            return true;
        }
        catch (Exception e) when (e is MissingMemberException or TypeLoadException)
        {
            return false;
        }
    }

    private static string? AssemblyOf(MetadataReader metadata, EntityHandle type)
    {
        if (type.Kind == HandleKind.TypeSpecification)
        {
            BlobReader signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)type).Signature);
            if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
                return null;
            signature.ReadCompressedInteger();
            type = signature.ReadTypeHandle();
        }

        while (type.Kind == HandleKind.TypeReference)
        {
            EntityHandle scope = metadata.GetTypeReference((TypeReferenceHandle)type).ResolutionScope;
            if (scope.Kind == HandleKind.AssemblyReference)
                return metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name);
            type = scope;
        }

        return null;
    }

    private sealed class Row
    {
        public string Sentence { get; set; } = "";

        public string Class { get; set; } = "";
    }
}
