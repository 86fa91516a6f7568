using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using TorchSharp;

namespace CxrAnnotate;

/// <summary>
/// A cascade on disk: <c>cascade.json</c> (how labels are mined and images loaded, the iterations and their scores) and, for every iteration, a folder with
/// configuration (JSON) and weights (safetensors) of the image network and of the decoder. Every file is written aside and renamed; cascade.json comes last.
/// </summary>
internal static class CascadeFolder
{
    internal const string FileName = "cascade.json";
    private const int Version = 2;

    internal static void Save(string folder, RecurrentCascadeTransformer cascade)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using Lifetime.Use use = Lifetime.EnterAll([.. cascade.Models.Select(model => model.Lifetime)]);
        Directory.CreateDirectory(folder);
        // That of an earlier cascade would read with other networks than these.
        File.Delete(Path.Combine(folder, RunFiles.Onnx));
        for (int i = 0; i < cascade.Models.Count; i++)
        {
            string place = Place(folder, i + 1);
            SaveClassifier(place, cascade.Models[i].Classifier);
            SaveDecoder(place, cascade.Models[i].Decoder);
        }

        var content = new CascadeFile
        {
            // One of single labels is written as before there were others, so that earlier versions read it.
            Version = cascade.Model.IsMultiLabel ? Version : 1,
            ChosenIteration = cascade.ChosenIteration,
            Iterations = cascade.Iterations,
            Loading = LoadingFile.Of(cascade.Loading),
            Mining = cascade.Mining?.ToState(),
        };
        DurableFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(content, CascadeJson.Default.CascadeFile));
    }

    internal static RecurrentCascadeTransformer Load(MLContext context, string folder, ComputeDevice device)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no trained cascade in '{folder}': {FileName} is missing. Name the folder that 'cxr train --out' or RecurrentCascadeTransformer.Save wrote.", path);
        CascadeFile content = Read(path, CascadeJson.Default.CascadeFile);
        if (content.Version > Version)
            throw new InvalidDataException($"'{path}' was written by a newer version of CxrAnnotate (format {content.Version}, this one reads up to {Version}). Update the package.");
        if (content.Iterations is not { Count: > 0 } || content.Loading is not { Height: > 0, Width: > 0, Limits.IsSound: true } || content.ChosenIteration < 1 || content.ChosenIteration > content.Iterations.Count)
            throw new InvalidDataException($"'{path}' is damaged: iterations or image size are missing or out of range.");
        var target = TorchSession.Device(device, context);
        var models = new List<CascadeModel>();
        try
        {
            for (int i = 1; i <= content.Iterations.Count; i++)
                models.Add(LoadModel(Place(folder, i), target));
        }
        catch
        {
            foreach (CascadeModel model in models)
                model.Dispose();
            throw;
        }

        var loading = content.Loading.ToOptions();
        return new RecurrentCascadeTransformer(context, content.Mining is null ? null : MineLabelsTransformer.FromState(context, content.Mining), loading, new(), models, content.Iterations, content.ChosenIteration);
    }

    internal static void SaveClassifier(string place, ClassifierModel classifier)
    {
        using Lifetime.Use use = classifier.Lifetime.Enter();
        Directory.CreateDirectory(place);
        DurableFile.WriteText(Path.Combine(place, "classifier.json"), classifier.Configuration.ToJson());
        SafeTensors.Save(Path.Combine(place, "classifier.safetensors"), classifier.Network);
    }

    internal static void SaveDecoder(string place, DecoderModel decoder)
    {
        using Lifetime.Use use = decoder.Lifetime.Enter();
        Directory.CreateDirectory(place);
        DurableFile.WriteText(Path.Combine(place, "decoder.json"), decoder.Configuration.ToJson());
        SafeTensors.Save(Path.Combine(place, "decoder.safetensors"), decoder.Module);
    }

    internal static CascadeModel LoadModel(string place, TorchSharp.torch.Device device)
    {
        ClassifierModel classifier = LoadClassifier(place, device);
        try
        {
            DecoderModel decoder = LoadDecoder(place);
            if (decoder.Configuration.NormalWord is not null == classifier.Configuration.IsMultiLabel)
                return new CascadeModel(classifier, decoder);
            decoder.Dispose();
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{place}' is damaged: one of its networks is of single labels, the other of several findings."));
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    internal static ClassifierModel LoadClassifier(string place, TorchSharp.torch.Device device)
    {
        string path = Path.Combine(place, "classifier.json");
        ClassifierConfiguration configuration = ClassifierConfiguration.Read(path);
        ImageNetwork network = configuration.CreateNetwork();
        try
        {
            SafeTensors.Load(Path.Combine(place, "classifier.safetensors"), network);
            network.to(device);
            return new ClassifierModel(configuration, network, device);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static DecoderModel LoadDecoder(string place)
    {
        string path = Path.Combine(place, "decoder.json");
        try
        {
            DecoderConfiguration configuration = DecoderConfiguration.FromJson(File.ReadAllText(path));
            RecurrentDecoder module = configuration.CreateModule();
            try
            {
                SafeTensors.Load(Path.Combine(place, "decoder.safetensors"), module);
                return new DecoderModel(configuration, module, null);
            }
            catch
            {
                module.Dispose();
                throw;
            }
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message}", e);
        }
    }

    private static T Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), type) ?? throw new InvalidDataException($"'{path}' is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"'{path}' is damaged or not of this library: {e.Message}", e);
        }
    }

    internal static string Place(string folder, int iteration) => Path.Combine(folder, FormattableString.Invariant($"iteration-{iteration}"));
}

/// <summary>The content of cascade.json.</summary>
internal sealed record CascadeFile
{
    public required int Version { get; init; }

    public required int ChosenIteration { get; init; }

    public required IReadOnlyList<CascadeIterationReport> Iterations { get; init; }

    public required LoadingFile Loading { get; init; }

    public MineLabelsState? Mining { get; init; }
}

/// <summary>How images are loaded, as cascade.json has it.</summary>
internal sealed record LoadingFile
{
    public required int Height { get; init; }

    public required int Width { get; init; }

    public required ImageFit Fit { get; init; }

    public required long MaximumPixels { get; init; }

    /// <summary>Cascades of before there were this option and the next two have none of them.</summary>
    public int? MaximumSide { get; init; }

    public double? MaximumAspectRatio { get; init; }

    public long? MaximumBytes { get; init; }

    /// <summary>Cascades of before this option was there took the full scale.</summary>
    public ValueRange Range { get; init; } = ValueRange.FullScale;

    public PhotometricHandling Photometric { get; init; } = PhotometricHandling.AsStored;

    /// <summary>Null in cascades of before DICOM was read.</summary>
    public DicomOptions? Dicom { get; init; }

    [JsonIgnore]
    internal RadiographLimits Limits => new(MaximumPixels, MaximumSide ?? RadiographLimits.DefaultSide, MaximumAspectRatio ?? RadiographLimits.DefaultAspectRatio, MaximumBytes ?? RadiographLimits.DefaultBytes);

    internal static LoadingFile Of(LoadRadiographsOptions options) => new()
    {
        Height = options.Height,
        Width = options.Width,
        Fit = options.Fit,
        MaximumPixels = options.MaximumPixels,
        MaximumSide = options.MaximumSide,
        MaximumAspectRatio = options.MaximumAspectRatio,
        MaximumBytes = options.MaximumBytes,
        Range = options.Range,
        Photometric = options.Photometric,
        Dicom = options.Dicom,
    };

    internal LoadRadiographsOptions ToOptions() => new()
    {
        Height = Height,
        Width = Width,
        Fit = Fit,
        MaximumPixels = MaximumPixels,
        MaximumSide = Limits.Side,
        MaximumAspectRatio = Limits.AspectRatio,
        MaximumBytes = Limits.Bytes,
        Range = Range,
        Photometric = Photometric,
        Dicom = Dicom ?? new(),
    };
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CascadeFile))]
internal sealed partial class CascadeJson : JsonSerializerContext;
