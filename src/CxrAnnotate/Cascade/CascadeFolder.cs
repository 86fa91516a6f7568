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
    private const int Version = 1;

    internal static void Save(string folder, RecurrentCascadeTransformer cascade)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        for (int i = 0; i < cascade.Models.Count; i++)
        {
            CascadeModel model = cascade.Models[i];
            string place = Place(folder, i + 1);
            Directory.CreateDirectory(place);
            WriteText(Path.Combine(place, "classifier.json"), JsonSerializer.Serialize(model.Classifier.Configuration, CascadeJson.Default.ClassifierConfiguration));
            SafeTensors.Save(Path.Combine(place, "classifier.safetensors"), model.Classifier.Network);
            WriteText(Path.Combine(place, "decoder.json"), model.Decoder.Configuration.ToJson());
            SafeTensors.Save(Path.Combine(place, "decoder.safetensors"), model.Decoder.Module);
        }

        var content = new CascadeFile
        {
            Version = Version,
            ChosenIteration = cascade.ChosenIteration,
            Iterations = cascade.Iterations,
            Loading = new LoadingFile { Height = cascade.Loading.Height, Width = cascade.Loading.Width, Fit = cascade.Loading.Fit, MaximumPixels = cascade.Loading.MaximumPixels },
            Mining = cascade.Mining?.ToState(),
        };
        WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(content, CascadeJson.Default.CascadeFile));
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
        if (content.Iterations is not { Count: > 0 } || content.Loading is not { Height: > 0, Width: > 0 } || content.ChosenIteration < 1 || content.ChosenIteration > content.Iterations.Count)
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

        var loading = new LoadRadiographsOptions { Height = content.Loading.Height, Width = content.Loading.Width, Fit = content.Loading.Fit, MaximumPixels = content.Loading.MaximumPixels };
        return new RecurrentCascadeTransformer(context, content.Mining is null ? null : MineLabelsTransformer.FromState(context, content.Mining), loading, new(), models, content.Iterations, content.ChosenIteration);
    }

    private static CascadeModel LoadModel(string place, TorchSharp.torch.Device device)
    {
        string path = Path.Combine(place, "classifier.json");
        ClassifierConfiguration configuration = Read(path, CascadeJson.Default.ClassifierConfiguration);
        if (configuration.Labels is not { Count: > 0 } || !Enum.IsDefined(configuration.Architecture) || configuration.Channels is not (1 or 3) ||
            configuration.CropSize < 1 || configuration.CropSize > Math.Min(configuration.Height, configuration.Width))
        {
            throw new InvalidDataException($"'{path}' is damaged: a value is missing or out of range.");
        }

        ImageNetwork network = configuration.CreateNetwork();
        try
        {
            SafeTensors.Load(Path.Combine(place, "classifier.safetensors"), network);
            path = Path.Combine(place, "decoder.json");
            DecoderConfiguration decoding = DecoderConfiguration.FromJson(File.ReadAllText(path));
            RecurrentDecoder module = decoding.CreateModule();
            SafeTensors.Load(Path.Combine(place, "decoder.safetensors"), module);
            network.to(device);
            return new CascadeModel(new ClassifierModel(configuration, network, device), new DecoderModel(decoding, module, null));
        }
        catch (FormatException e)
        {
            network.Dispose();
            throw new InvalidDataException($"'{path}' is damaged: {e.Message}", e);
        }
        catch
        {
            network.Dispose();
            throw;
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

    private static void WriteText(string path, string text)
    {
        string aside = path + ".new";
        File.WriteAllText(aside, text);
        File.Move(aside, path, overwrite: true);
    }

    private static string Place(string folder, int iteration) => Path.Combine(folder, FormattableString.Invariant($"iteration-{iteration}"));
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
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CascadeFile))]
[JsonSerializable(typeof(ClassifierConfiguration))]
internal sealed partial class CascadeJson : JsonSerializerContext;
