using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The initial weights of a training: where they are, and how they are loaded into a network.</summary>
/// <param name="Path">The file, of any format that <see cref="WeightFile"/> reads.</param>
/// <param name="Configuration">The JSON file of their network; null for a file from elsewhere.</param>
/// <param name="Prefix">The prefix of the network's names in the file.</param>
internal sealed record WeightSource(string Path, string? Configuration, string Prefix = "")
{
    private const int NamedAtMost = 8;

    /// <summary>Finds the weights of a network in a file, a saved cascade or a folder of checkpoints.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="network">"classifier" or "decoder".</param>
    /// <exception cref="FileNotFoundException">There are no such weights.</exception>
    /// <exception cref="InvalidDataException">The weights are damaged.</exception>
    internal static WeightSource Find(string path, string network)
    {
        if (File.Exists(path))
            return new WeightSource(path, null);
        string cascade = System.IO.Path.Combine(path, "cascade.json");
        string manifest = System.IO.Path.Combine(path, FolderManifest.FileName);
        if (File.Exists(cascade) && File.Exists(manifest))
            FolderManifest.ReadVerified(path, FolderManifest.Cascade, missing: name => !RunFiles.IsModel(name));
        if (File.Exists(cascade))
            return Of(System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"iteration-{ChosenIteration(cascade)}")), network);
        string? checkpoint = File.Exists(manifest) ? Verified(path) : CheckpointFolder.FindNewest(path);
        if (checkpoint is null)
            throw new FileNotFoundException(
                ErrorCode.StartWeightsNotFound.Message(
                    $"'{path}' has no weights to start from: name a file of weights (safetensors, torch.save or ONNX), the folder of a saved "
                        + $"cascade, or a folder of checkpoints."
                ),
                path
            );
        string training = System.IO.Path.Combine(checkpoint, TrainingState.FileName);
        if (File.Exists(training) && TrainingState.Read(training).Network == network)
            return new WeightSource(
                TrainingCheckpoints.ModelWeights(checkpoint),
                System.IO.Path.Combine(checkpoint, TrainingCheckpoints.Configuration),
                network == "classifier" ? "network." : ""
            );
        string? newest = Directory
            .GetDirectories(checkpoint, "iteration-*")
            .Where(d => File.Exists(System.IO.Path.Combine(d, network + ".json")))
            .MaxBy(d => int.TryParse(d[(d.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0);
        return newest is not null
            ? Of(newest, network)
            : throw new FileNotFoundException(
                ErrorCode.StartWeightsNotFound.Message($"Checkpoint '{checkpoint}' has no weights of the {network} yet."),
                checkpoint
            );
    }

    /// <summary>Copies the matching tensors of the file into a network.</summary>
    /// <param name="targets">The network's tensors by name.</param>
    /// <param name="options">The rules for names, and whether all tensors are required.</param>
    /// <param name="leaveOut">Tensors of the network that are not filled even if they match (the head of other labels).</param>
    /// <param name="warn">Called with the tensors missing from the file, unexpected or of another shape.</param>
    /// <param name="published">What is known of published files of the network's weights; null for a decoder.</param>
    /// <exception cref="InvalidDataException">The file is damaged or another network's, or has no matching tensor, or not all required
    /// ones.</exception>
    internal void Fill(
        IReadOnlyDictionary<string, Tensor> targets,
        FineTuningOptions options,
        Func<string, bool>? leaveOut,
        Action<string> warn,
        PublishedWeights? published = null
    )
    {
        using WeightFile file = WeightFile.OpenAny(Path);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var unexpected = new List<string>();
        List<(string Name, string Renamed)> names = Names(file, options.Names, published);
        if (published is not null)
            RequireSame(published, file, options.Names, anyFits: names.Exists(pair => targets.ContainsKey(pair.Renamed)));
        foreach (var (name, renamed) in names)
        {
            if (renamed.Length == 0)
                continue;
            bool found = targets.TryGetValue(renamed, out Tensor? target);
            if (published is { IsRecognized: true } && published.IsHead(renamed) && !(found && Fits(target!)))
                continue;
            if (!found)
                unexpected.Add(renamed == name ? name : $"{name} (as {renamed})");
            else if (leaveOut?.Invoke(renamed) == true)
                continue;
            else if (!Fits(target!))
                unexpected.Add($"{name} (of shape [{string.Join(", ", file.Entries[name].Shape)}], not [{string.Join(", ", target!.shape)}])");
            else if (!sources.TryAdd(renamed, name))
                throw file.Unusable($"'{name}' and '{sources[renamed]}' are both renamed to '{renamed}' by the rules");

            bool Fits(Tensor tensor) => file.Entries[name].Shape.AsSpan().SequenceEqual(tensor.shape);
        }

        // Batch counters have no influence on results, so they may be missing.
        string[] missing =
        [
            .. targets
                .Keys.Where(name => !sources.ContainsKey(name) && !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
                .Where(name => published is not { IsRecognized: true } || !published.IsHead(name))
                .Order(StringComparer.Ordinal),
        ];
        if (sources.Count == 0)
            throw file.Unusable($"none of its tensors fits; it has {Listed([.. file.Entries.Keys])}, the network {Listed([.. targets.Keys])}");
        if (options.RequireAll && (missing.Length > 0 || unexpected.Count > 0))
            throw file.Unusable($"missing are {Listed(missing)}; unexpected are {Listed(unexpected)}");
        foreach (var (name, source) in sources)
        {
            file.CopyTo(source, targets[name]);
            if (!targets[name].IsFinite())
                throw file.Unusable($"tensor '{source}' has numbers that are not finite");
        }

        if (missing.Length > 0 || unexpected.Count > 0)
            warn(
                $"Starting from '{Path}': {sources.Count} tensors were loaded. Missing from the file and not loaded: {Listed(missing)}. Unused: "
                    + $"{Listed(unexpected)}."
            );
    }

    /// <summary>The shapes of a file's tensors by a network's names for them, without those to skip.</summary>
    /// <param name="file">The file.</param>
    /// <param name="own">The user's rules for names.</param>
    /// <param name="published">What is known of published files of the network's weights.</param>
    internal IReadOnlyDictionary<string, long[]> Shapes(WeightFile file, IReadOnlyList<WeightName> own, PublishedWeights published) =>
        Names(file, own, published)
            .Where(pair => pair.Renamed.Length > 0)
            .DistinctBy(pair => pair.Renamed)
            .ToDictionary(pair => pair.Renamed, pair => file.Entries[pair.Name].Shape);

    /// <exception cref="InvalidDataException">The file is recognized as another network's.</exception>
    private void RequireSame(PublishedWeights published, WeightFile file, IReadOnlyList<WeightName> own, bool anyFits)
    {
        // Another network's weights may fit in part: those of ResNet-34 have all tensors of ResNet-18.
        if ((published.IsRecognized || !anyFits) && published.Recognize(this, file, own) is { } network && network != published.Network)
            throw new InvalidDataException(
                ErrorCode.StartWeightsMismatch.Message($"'{Path}' has the weights of {network}, not of {published.Network}.")
            );
    }

    /// <summary>The names of a file's tensors, each with the network's name for it; that is empty for a tensor to skip.</summary>
    private List<(string Name, string Renamed)> Names(WeightFile file, IReadOnlyList<WeightName> own, PublishedWeights? published)
    {
        (Regex Pattern, string Replacement)[] rules = Rules(own),
            theirs = Rules(published?.Names ?? []);
        List<(string Name, string Renamed)> names =
        [
            .. file.Entries.Keys.Select(name => (name, Apply(rules, name) ?? Apply(theirs, Unprefixed(name)) ?? Unprefixed(name))),
        ];
        if (published is not { GraphOrder.Count: > 0 } || file is not OnnxWeights graph)
            return names;
        var layers = published.GraphOrder.ToHashSet(StringComparer.Ordinal);
        return
            !names.Exists(pair => pair.Renamed.LastIndexOf('.') is > 0 and var dot && layers.Contains(pair.Renamed[..dot]))
            && graph.InOrder(published.GraphOrder) is { } ordered
            ? [.. names.Select(pair => (pair.Name, ordered.GetValueOrDefault(pair.Name, "")))]
            : names;
    }

    private string Unprefixed(string name) =>
        Prefix.Length == 0 ? name
        : name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..]
        : "";

    private static (Regex Pattern, string Replacement)[] Rules(IReadOnlyList<WeightName> names) =>
        [.. names.Select(rule => (rule.Expression(), rule.Replacement))];

    /// <summary>The name by the first rule that matches; null if none does.</summary>
    private static string? Apply((Regex Pattern, string Replacement)[] rules, string name)
    {
        foreach (var (pattern, replacement) in rules)
        {
            if (pattern.IsMatch(name))
                return pattern.Replace(name, replacement);
        }

        return null;
    }

    private static WeightSource Of(string folder, string network) =>
        new(System.IO.Path.Combine(folder, network + ".safetensors"), System.IO.Path.Combine(folder, network + ".json"));

    private static string Verified(string checkpoint)
    {
        FolderManifest.ReadVerified(checkpoint, FolderManifest.Checkpoint);
        return checkpoint;
    }

    private static int ChosenIteration(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("chosenIteration", out JsonElement chosen)
                && chosen.TryGetInt32(out int iteration)
                && iteration > 0
            )
                return iteration;
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged: it does not say which iteration was chosen."));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged: {e.Message}"), e);
        }
    }

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count switch
        {
            0 => "none",
            <= NamedAtMost => string.Join(", ", names),
            _ => $"{string.Join(", ", names.Take(NamedAtMost))} and {names.Count - NamedAtMost} more",
        };
}
