using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>The last file of a checkpoint: what training it is of, and length and SHA-256 of every other file.</summary>
internal sealed record CheckpointManifest
{
    internal const string FileName = "manifest.json";
    private const string ThisFormat = "cxr-checkpoint";
    private const int ThisVersion = 1;
    private const int MaximumLength = 4 << 20;

    public required string Format { get; init; }

    public required int Version { get; init; }

    /// <summary>The library's version, for information.</summary>
    public required string Library { get; init; }

    /// <summary>Data, options and seed of the training.</summary>
    public required IReadOnlyDictionary<string, string> Training { get; init; }

    /// <summary>The files by their paths in the checkpoint.</summary>
    public required IReadOnlyDictionary<string, CheckpointFile> Files { get; init; }

    /// <summary>Writes the manifest of the files that a folder has.</summary>
    internal static void Write(string folder, IReadOnlyDictionary<string, string> training)
    {
        var files = new SortedDictionary<string, CheckpointFile>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            files.Add(Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), new CheckpointFile(new FileInfo(path).Length, Hash(path)));
        var manifest = new CheckpointManifest
        {
            Format = ThisFormat,
            Version = ThisVersion,
            Library = typeof(CheckpointManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Training = training,
            Files = files,
        };
        DurableFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(manifest, CheckpointManifestJson.Default.CheckpointManifest));
    }

    /// <summary>Reads the manifest of a checkpoint and holds every file against it.</summary>
    /// <exception cref="InvalidDataException">A file is missing or not as it was written, or the checkpoint is of a newer version; the message names file and reason.</exception>
    internal static CheckpointManifest ReadVerified(string folder)
    {
        string path = Path.Combine(folder, FileName);
        CheckpointManifest manifest;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaximumLength })
                throw new InvalidDataException($"'{path}' is damaged: it is larger than any manifest.");
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), CheckpointManifestJson.Default.CheckpointManifest) ?? throw new InvalidDataException($"'{path}' is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"'{path}' cannot be read: {e.Message}", e);
        }

        if (manifest.Format != ThisFormat)
            throw new InvalidDataException($"'{path}' is damaged or not the manifest of a checkpoint.");
        if (manifest.Version != ThisVersion)
            throw new InvalidDataException($"'{path}' is of format {manifest.Version}, this version of CxrAnnotate reads {ThisVersion}. Update the package.");
        if (manifest.Training is null || manifest.Files is not { Count: > 0 })
            throw new InvalidDataException($"'{path}' is damaged: it names no files.");
        foreach (var (name, file) in manifest.Files)
            Verify(folder, path, name, file);
        return manifest;
    }

    private static void Verify(string folder, string manifest, string name, CheckpointFile? expected)
    {
        if (expected is null || name.Length == 0 || Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..") || name.Contains('\0', StringComparison.Ordinal))
            throw new InvalidDataException($"'{manifest}' is damaged: '{name}' is no file of a checkpoint.");
        string path = Path.Combine(folder, name);
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                throw new InvalidDataException($"'{path}' is missing.");
            if (info.Length != expected.Length)
                throw new InvalidDataException($"'{path}' is damaged: it has {info.Length} bytes, {expected.Length} were written.");
            if (Hash(path) != expected.Sha256)
                throw new InvalidDataException($"'{path}' is damaged: its checksum is wrong.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

/// <summary>A file of a checkpoint as it was written.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Their SHA-256, hexadecimal.</param>
internal sealed record CheckpointFile(long Length, string Sha256);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(CheckpointManifest))]
internal sealed partial class CheckpointManifestJson : JsonSerializerContext;
