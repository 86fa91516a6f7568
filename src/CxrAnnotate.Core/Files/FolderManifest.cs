using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// Length and SHA-256 of every file of a saved folder (a cascade, a checkpoint), and of the manifest itself: it identifies files that are damaged,
/// missing or from another folder. It does not protect against tampering: whoever can write a file can write its checksum.
/// </summary>
internal sealed record FolderManifest
{
    internal const string FileName = "manifest.json";

    /// <summary>The format of a checkpoint.</summary>
    internal const string Checkpoint = "cxr-checkpoint";

    /// <summary>The format of a cascade.</summary>
    internal const string Cascade = "cxr-cascade";

    /// <summary>Checkpoints of version 1 have manifests without a checksum.</summary>
    private const int ThisVersion = 2;
    private const int MaximumLength = 4 << 20;
    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    public required string Format { get; init; }

    public required int Version { get; init; }

    /// <summary>The library's version, for information.</summary>
    public required string Library { get; init; }

    /// <summary>Data, options and seed of a checkpoint's training; null for a cascade.</summary>
    public IReadOnlyDictionary<string, string>? Training { get; init; }

    /// <summary>The files by relative path, separated by '/'.</summary>
    public required IReadOnlyDictionary<string, ManifestFile> Files { get; init; }

    /// <summary>SHA-256 of the manifest's bytes with zeros in place of this value.</summary>
    public string? Checksum { get; init; }

    /// <summary>Writes the manifest of all files in a folder.</summary>
    internal static void Write(string folder, string format, IReadOnlyDictionary<string, string>? training = null) =>
        Write(
            folder,
            format,
            training,
            Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
                .Where(name => name != FileName)
        );

    /// <summary>Adds a file that was written later to the manifest of a cascade, if the folder has a manifest.</summary>
    internal static void Add(string folder, string name)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path))
            Write(folder, Cascade, null, Read(path, Cascade).Files.Keys.Append(name).Distinct(StringComparer.Ordinal));
    }

    private static void Write(string folder, string format, IReadOnlyDictionary<string, string>? training, IEnumerable<string> names)
    {
        var files = new SortedDictionary<string, ManifestFile>(StringComparer.Ordinal);
        foreach (string name in names)
            files.Add(name, new ManifestFile(new FileInfo(Path.Combine(folder, name)).Length, FileHash.Of(Path.Combine(folder, name))));
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new FolderManifest
            {
                Format = format,
                Version = ThisVersion,
                Library = typeof(FolderManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
                Training = training,
                Files = files,
                Checksum = Zeros,
            },
            FolderManifestJson.Default.FolderManifest
        );
        int place = json.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(Zeros));
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json)), json.AsSpan(place));
        DurableFile.Write(Path.Combine(folder, FileName), json);
    }

    /// <summary>Reads the manifest of a folder and checks every file against it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="format"><see cref="Checkpoint"/> or <see cref="Cascade"/>.</param>
    /// <param name="missing">Called with the name of a missing file; returns whether it may be missing. Null makes a missing file an error. A file
    /// that exists must match.</param>
    /// <exception cref="InvalidDataException">A file is missing or changed, or the folder is of a newer version; the message names file and
    /// reason.</exception>
    internal static FolderManifest ReadVerified(string folder, string format, Func<string, bool>? missing = null)
    {
        string path = Path.Combine(folder, FileName);
        FolderManifest manifest = Read(path, format);
        foreach (var (name, file) in manifest.Files)
            Verify(folder, name, file, missing);
        return manifest;
    }

    /// <summary>Reads one file once and checks the bytes against the manifest, if any.</summary>
    /// <returns>The content and its SHA-256, hexadecimal.</returns>
    /// <exception cref="InvalidDataException">The file is missing, changed, or not listed in the manifest.</exception>
    internal static (byte[] Content, string Sha256) ReadFile(string folder, string format, string name)
    {
        string path = Path.Combine(folder, FileName),
            place = Path.Combine(folder, name);
        ManifestFile? expected = null;
        if (File.Exists(path) && !Read(path, format).Files.TryGetValue(name, out expected))
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{place}' does not belong to this folder: '{path}' does not list it."));
        byte[] content = ModelJson.Bytes(place, Array.MaxLength);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        if (expected is not null)
            Compare(place, expected, content.Length, () => sha256);
        return (content, sha256);
    }

    private static FolderManifest Read(string path, string format)
    {
        byte[] json = ModelJson.Bytes(path, MaximumLength);
        FolderManifest manifest = ModelJson.Parse(
            json,
            path,
            FolderManifestJson.Default.FolderManifest,
            m =>
                m.Format is not (Checkpoint or Cascade) ? "it is not a manifest of this library"
                : m.Version > ThisVersion ? null
                : m.Version < (m.Format == Checkpoint ? 1 : 2) ? "its version is out of range"
                : m.Files.Count == 0 ? "it lists no files"
                : m.Files.FirstOrDefault(f => !IsName(f.Key)).Key is { } odd ? $"'{odd}' is not a file of such a folder"
                : m.Files.Any(f => f.Value is null or { Length: < 0 } or { Sha256: null }) ? "a length or checksum is missing"
                : m.Format == Checkpoint && (m.Training is null || m.Training.Any(t => t.Value is null)) ? "it does not describe its training"
                : m.Version > 1 && !IsWhole(json, m.Checksum) ? "its checksum is wrong"
                : null
        );
        if (manifest.Version > ThisVersion)
            throw new InvalidDataException(
                ErrorCode.ModelTooNew.Message(
                    $"'{path}' has format {manifest.Version}, but this version of CxrAnnotate reads up to {ThisVersion}. Update the package."
                )
            );
        return manifest.Format == format
            ? manifest
            : throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message(
                    $"'{path}' is the manifest of a {(manifest.Format == Checkpoint ? "checkpoint" : "saved cascade")}, not of a "
                        + $"{(format == Checkpoint ? "checkpoint" : "saved cascade")}."
                )
            );
    }

    /// <summary>Whether a name stays inside the folder.</summary>
    private static bool IsName(string name) =>
        name.Length > 0 && !Path.IsPathRooted(name) && !name.Contains('\0', StringComparison.Ordinal) && !name.Split('/', '\\').Contains("..");

    private static bool IsWhole(byte[] json, string? checksum)
    {
        if (checksum is not { Length: 64 } || !checksum.All(char.IsAsciiHexDigitLower))
            return false;
        byte[] zeroed = (byte[])json.Clone();
        int place = zeroed.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(checksum));
        if (place < 0)
            return false;
        Encoding.ASCII.GetBytes(Zeros, zeroed.AsSpan(place));
        return Convert.ToHexStringLower(SHA256.HashData(zeroed)) == checksum;
    }

    private static void Verify(string folder, string name, ManifestFile expected, Func<string, bool>? missing)
    {
        string path = Path.Combine(folder, name);
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists && missing?.Invoke(name) == true)
                return;
            if (!info.Exists)
                throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is missing."));
            Compare(path, expected, info.Length, () => FileHash.Of(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(ErrorCode.FileAccess.Message($"'{path}' cannot be read: {e.Message}"), e);
        }
    }

    private static void Compare(string path, ManifestFile expected, long length, Func<string> sha256)
    {
        if (length != expected.Length)
            throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message($"'{path}' is damaged, or of another folder: it has {length} bytes instead of {expected.Length}.")
            );
        if (sha256() != expected.Sha256)
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged, or of another folder: its checksum is wrong."));
    }
}

/// <summary>A file of a saved folder.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">The SHA-256 of its content, hexadecimal.</param>
internal sealed record ManifestFile(long Length, string Sha256);

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(FolderManifest))]
internal sealed partial class FolderManifestJson : JsonSerializerContext;
