using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using TorchSharp;

namespace CxrAnnotate;

/// <summary>
/// A cascade on disk: <c>cascade.json</c> (how labels are mined and images loaded, the iterations and their scores), for every iteration a folder
/// with configuration (JSON) and weights (safetensors) of the image network and of the decoder, and <c>manifest.json</c> with the checksums of all
/// files. It is written to a temporary folder and moved into place when complete.
/// </summary>
internal static class CascadeFolder
{
    internal const string FileName = "cascade.json";
    private const int Version = 2;

    /// <summary>Saves a cascade. If that fails, an earlier one in the folder is unchanged.</summary>
    /// <param name="folder">The folder. Files of an earlier run that are not rewritten are removed; checkpoints and foreign files stay.</param>
    /// <param name="cascade">The cascade.</param>
    /// <param name="beside">Writes the run's additional files to the given folder; null writes none.</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    internal static void Save(string folder, RecurrentCascadeTransformer cascade, Action<string>? beside = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using Lifetime.Use use = Lifetime.EnterAll([.. cascade.Models.Select(model => model.Lifetime)]);
        string aside = Path.Combine(folder, $".{Path.GetRandomFileName()}{DurableFile.AsideSuffix}");
        try
        {
            Directory.CreateDirectory(aside);
            for (int i = 0; i < cascade.Models.Count; i++)
            {
                string place = Place(aside, i + 1);
                SaveClassifier(place, cascade.Models[i].Classifier);
                SaveDecoder(place, cascade.Models[i].Decoder);
            }

            SaveGraph(aside, cascade);
            var content = new CascadeFile
            {
                Version = cascade.Model.Scheme.FormatVersion,
                ChosenIteration = cascade.ChosenIteration,
                Iterations = cascade.Iterations,
                Loading = cascade.Loading.Format,
                Input = cascade.Input,
                Mining = cascade.Mining?.ToState(),
                Reliability = [.. cascade.Models.Select(model => model.Reliability ?? new())],
                HasManifest = true,
            };
            DurableFile.WriteText(Path.Combine(aside, FileName), JsonSerializer.Serialize(content, CascadeJson.Default.CascadeFile));
            beside?.Invoke(aside);
            FolderManifest.Write(aside, FolderManifest.Cascade);
            MoveIntoPlace(aside, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(
                $"The cascade could not be saved in '{folder}': {e.Message.Replace(aside, folder, StringComparison.Ordinal).TrimEnd('.')}. "
                    + $"Existing files are unchanged; the cascade is still in memory and can be saved elsewhere.",
                e
            );
        }
        finally
        {
            Remove(aside);
        }
    }

    /// <summary>Writes the graph for scoring without libtorch. A sampling decoder has no graph, and a custom network may have none.</summary>
    private static void SaveGraph(string folder, RecurrentCascadeTransformer cascade)
    {
        try
        {
            cascade.SaveOnnx(Path.Combine(folder, RunFiles.Onnx));
        }
        catch (NotSupportedException)
        {
            // The folder is complete without it.
        }
    }

    /// <summary>Moves the manifest first, so that an interruption cannot leave a mixture of two cascades that passes for one.</summary>
    private static void MoveIntoPlace(string aside, string folder)
    {
        string[] files =
        [
            .. Directory
                .EnumerateFiles(aside, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(aside, path))
                .OrderBy(name => name != FolderManifest.FileName)
                .ThenBy(name => name, StringComparer.Ordinal),
        ];
        string[] stale = [.. Own(folder).Except(files)];
        foreach (string name in files)
        {
            string place = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(Path.Combine(aside, name), place, overwrite: true);
        }

        foreach (string name in stale)
        {
            string place = Path.Combine(folder, name),
                within = Path.GetDirectoryName(place)!;
            File.Delete(place);
            for (; within.Length > folder.Length && !Directory.EnumerateFileSystemEntries(within).Any(); within = Path.GetDirectoryName(within)!)
                Directory.Delete(within);
        }
    }

    /// <summary>The files of an earlier run but for its checkpoints. Links are not followed.</summary>
    private static IEnumerable<string> Own(string folder)
    {
        return Files(new DirectoryInfo(folder), depth: 2)
            .Select(file => Path.GetRelativePath(folder, file.FullName))
            .Where(name => RunFiles.IsOwn(name.Replace(Path.DirectorySeparatorChar, '/')));

        static IEnumerable<FileInfo> Files(DirectoryInfo place, int depth) =>
            place
                .EnumerateFiles()
                .Concat(
                    place
                        .EnumerateDirectories()
                        .Where(within => depth > 0 && within.LinkTarget is null && RunFiles.IsFolderOfModel(within.Name))
                        .SelectMany(within => Files(within, depth - 1))
                );
    }

    private static void Remove(string aside)
    {
        try
        {
            if (Directory.Exists(aside))
                Directory.Delete(aside, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover temporary folder is not part of the cascade and must not fail the save.
        }
    }

    internal static RecurrentCascadeTransformer Load(MLContext context, string folder, ComputeDevice device)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, FileName);
        if (File.Exists(Path.Combine(folder, FolderManifest.FileName)))
        {
            FolderManifest.ReadVerified(
                folder,
                FolderManifest.Cascade,
                missing: name =>
                {
                    if (RunFiles.IsModel(name))
                        return false;
                    StageLog.Warn(context, nameof(Load), $"'{Path.Combine(folder, name)}' is missing. The cascade does not need it.");
                    return true;
                }
            );
        }

        if (!File.Exists(path))
            throw new FileNotFoundException(
                ErrorCode.ModelNotFound.Message(
                    $"There is no trained cascade in '{folder}': {FileName} is missing. Specify a folder written by RecurrentCascadeTransformer.Save."
                ),
                path
            );
        CascadeFile content = ModelJson.Read(
            path,
            CascadeJson.Default.CascadeFile,
            file =>
                file.Version > Version ? null
                : file.Version < 1 ? "its version is out of range"
                : file.Iterations.Count == 0 || file.ChosenIteration < 1 || file.ChosenIteration > file.Iterations.Count
                    ? "its iterations are incomplete"
                : CascadeIterationReport.Problem(file.Iterations) ?? file.Loading.Problem() ?? file.Input?.Problem() ?? file.Mining?.Problem()
        );
        if (content.Version > Version)
            throw new InvalidDataException(
                ErrorCode.ModelTooNew.Message(
                    $"'{path}' was written by a newer version of CxrAnnotate (format {content.Version}, this one reads up to {Version}). Update "
                        + $"the package."
                )
            );
        if (!File.Exists(Path.Combine(folder, FolderManifest.FileName)))
        {
            if (content.HasManifest)
                throw new InvalidDataException(
                    ErrorCode.ModelDamaged.Message(
                        $"'{Path.Combine(folder, FolderManifest.FileName)}' is missing: the files of the cascade cannot be checked. Copy the whole "
                            + $"folder again."
                    )
                );
            StageLog.Warn(
                context,
                nameof(Load),
                $"The cascade in '{folder}' was saved by a version without checksums: damage to its JSON files is not detected. Save it again "
                    + $"to add them."
            );
        }

        if (content.Reliability is { } measured && measured.Count != content.Iterations.Count)
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged: its iterations are not all measured."));
        var target = TorchSession.Device(device, context);
        var models = new List<CascadeModel>();
        try
        {
            for (int i = 1; i <= content.Iterations.Count; i++)
            {
                models.Add(LoadModel(Place(folder, i), target));
                if (!models[^1].Classifier.Configuration.Labels.SequenceEqual(content.Iterations[i - 1].Labels))
                    throw new InvalidDataException(
                        ErrorCode.ModelDamaged.Message(
                            $"'{Place(folder, i)}' belongs to another cascade: its labels differ from those of the iteration in '{path}'."
                        )
                    );
                ModelReliability? reliability = content.Reliability?[i - 1];
                if (reliability?.Problem(models[^1].Scheme, models[^1].BaseLabels.Count) is { } problem)
                    throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged: {problem}."));
                models[^1] = models[^1].Measured(reliability);
            }
        }
        catch
        {
            foreach (CascadeModel model in models)
                model.Dispose();
            throw;
        }

        return new RecurrentCascadeTransformer(
            context,
            content.Mining is null ? null : MineLabelsTransformer.FromState(context, content.Mining),
            new() { Format = content.Loading },
            content.Input ?? new(),
            models,
            content.Iterations,
            content.ChosenIteration
        );
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
            if (decoder.Configuration.LabelScheme == classifier.Configuration.LabelScheme)
                return new CascadeModel(classifier, decoder);
            decoder.Dispose();
            throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message($"'{place}' is damaged: one of its networks is single-label, the other multi-label.")
            );
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
        DecoderConfiguration configuration = DecoderConfiguration.Read(path);
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

    internal static string Place(string folder, int iteration) => Path.Combine(folder, FormattableString.Invariant($"iteration-{iteration}"));
}

/// <summary>The content of cascade.json.</summary>
internal sealed record CascadeFile
{
    public required int Version { get; init; }

    public required int ChosenIteration { get; init; }

    public required IReadOnlyList<CascadeIterationReport> Iterations { get; init; }

    public required RadiographFormat Loading { get; init; }

    /// <summary>Null in older cascades.</summary>
    public CascadeInput? Input { get; init; }

    public MineLabelsState? Mining { get; init; }

    /// <summary>What the validation rows say of each iteration's outputs; null in older cascades.</summary>
    public IReadOnlyList<ModelReliability>? Reliability { get; init; }

    /// <summary>Whether the folder has a manifest; false in older cascades.</summary>
    public bool HasManifest { get; init; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase
)]
[JsonSerializable(typeof(CascadeFile))]
internal sealed partial class CascadeJson : JsonSerializerContext;
