using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>The kind of an output file, recognized by its first bytes: --force replaces only a file of the same kind.</summary>
internal enum OutputKind
{
    /// <summary>A page (HTML).</summary>
    Page,

    /// <summary>A table (CSV, JSON Lines) or another text.</summary>
    Text,

    /// <summary>A table in Parquet.</summary>
    Parquet,

    /// <summary>A model in ONNX.</summary>
    Onnx,

    /// <summary>An ML.NET model, which is a zip archive.</summary>
    Archive,

    /// <summary>Tensors in safetensors.</summary>
    Tensors,
}

/// <summary>
/// Claims the output paths of all verbs. Existing output is replaced only with --force, files that the tool did not write are never removed, and
/// inputs are never overwritten. Paths are claimed before the work begins, so that hours of training are not lost to a wrong name.
/// </summary>
internal static class OutputPath
{
    internal static Option<bool> ForceOption() =>
        new("--force") { Description = "Replace the output of an earlier call. Files that this tool did not write are never removed." };

    /// <summary>Claims a file.</summary>
    /// <param name="path">The file, as it was given.</param>
    /// <param name="option">The option that names it, such as <c>--html</c>.</param>
    /// <param name="kind">The kind of file to write.</param>
    /// <param name="force">Whether an existing file may be replaced.</param>
    /// <param name="inputs">The files and folders that are read; null and empty ones are ignored.</param>
    /// <exception cref="UsageException">It cannot be claimed; the message gives the reason.</exception>
    internal static void ClaimFile(string path, string option, OutputKind kind, bool force, params IEnumerable<string?> inputs)
    {
        if (Directory.Exists(path))
            throw new UsageException(ErrorCode.FileAccess.Message($"{option} '{path}' is a folder. Name a file."));
        RequireFolder(Path.GetDirectoryName(Path.GetFullPath(path)), path, option);
        string real = RealPath(path);
        foreach (string input in inputs.Where(input => !string.IsNullOrEmpty(input)).Select(input => input!))
        {
            string read = RealPath(input);
            if (Same(real, read))
                throw new UsageException(ErrorCode.OptionConflict.Message($"{option} '{path}' is an input. Name another file."));
            if (Directory.Exists(input) && Relative(read, real) is { } inside && SavedRun.IsOwn(inside))
                throw new UsageException(
                    ErrorCode.OptionConflict.Message($"{option} '{path}' is a file of the run '{input}', which is read. Name another file.")
                );
        }

        if (!File.Exists(path) || IsDevice(path))
            return;
        if (!force)
            throw new UsageException(
                ErrorCode.OutputExists.Message($"{option} '{path}' already exists. Name another file, or add --force to replace it.")
            );
        if (!Looks(path, kind))
            throw new UsageException(
                ErrorCode.OutputExists.Message(
                    $"{option} '{path}' already exists and is not an output of this verb, so --force does not replace it either. Name "
                        + $"another file."
                )
            );
    }

    /// <summary>Claims a folder.</summary>
    /// <param name="path">The folder, as it was given.</param>
    /// <param name="option">The option that names it, such as <c>--out</c>.</param>
    /// <param name="own">Whether the verb writes a path (relative to the folder, with '/' as separator).</param>
    /// <param name="holds">What an earlier call of the verb has written there, such as "a trained run".</param>
    /// <param name="force">Whether the earlier output may be replaced.</param>
    /// <param name="inputs">The files and folders that are read; null and empty ones are ignored.</param>
    /// <exception cref="UsageException">It cannot be claimed; the message gives the reason.</exception>
    internal static ClaimedFolder ClaimFolder(
        string path,
        string option,
        Func<string, bool> own,
        string holds,
        bool force,
        params IEnumerable<string?> inputs
    )
    {
        if (File.Exists(path))
            throw new UsageException(ErrorCode.FileAccess.Message($"{option} '{path}' is a file. Name a folder."));
        RequireFolder(Path.GetFullPath(path), path, option);
        string real = RealPath(path);
        var claimed = new ClaimedFolder(path, own);
        string[] present = claimed.Own();
        foreach (string input in inputs.Where(input => !string.IsNullOrEmpty(input)).Select(input => input!))
        {
            string read = RealPath(input);
            if (Same(real, read) && Directory.Exists(input) && present.Length > 0)
                throw new UsageException(ErrorCode.OptionConflict.Message($"{option} '{path}' is an input. Name another folder."));
            if (Relative(real, read) is { } inside && present.Any(file => file == inside || file.StartsWith(inside + "/", StringComparison.Ordinal)))
                throw new UsageException(
                    ErrorCode.OptionConflict.Message($"{option} '{path}' holds '{input}', which is read and would be replaced. Name another folder.")
                );
        }

        if (present.Length == 0)
            return claimed;
        if (!force)
            throw new UsageException(
                ErrorCode.OutputExists.Message($"{option} '{path}' holds {holds} ({present[0]}). Name another folder, or add --force to replace it.")
            );
        if (claimed.Foreign() is { } foreign)
            throw new UsageException(
                ErrorCode.OutputExists.Message(
                    $"{option} '{path}' holds '{foreign}', which this tool did not write: --force does not replace the folder. Move that file, "
                        + $"or name another folder."
                )
            );
        return claimed;
    }

    /// <summary>The nearest existing parent must be a folder.</summary>
    private static void RequireFolder(string? folder, string path, string option)
    {
        while (!string.IsNullOrEmpty(folder) && !Directory.Exists(folder))
        {
            if (File.Exists(folder))
                throw new UsageException(ErrorCode.FileAccess.Message($"{option} '{path}' cannot be written: '{folder}' is a file."));
            folder = Path.GetDirectoryName(folder);
        }
    }

    private static bool Looks(string path, OutputKind kind)
    {
        Span<byte> start = stackalloc byte[512];
        using FileStream file = File.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.IsEmpty)
            return true;
        return kind switch
        {
            OutputKind.Page => start.StartsWith("<!doctype html>"u8),
            // Images and archives have zero bytes near their beginning.
            OutputKind.Text => !start.Contains((byte)0) && !start.StartsWith("<!doctype html>"u8),
            OutputKind.Parquet => start.StartsWith("PAR1"u8),
            OutputKind.Onnx => start[0] == 0x08,
            // Eight bytes of a header's length, then the header in JSON.
            OutputKind.Tensors => start.Length > 8 && start[8] == (byte)'{',
            _ => start.StartsWith("PK\u0003\u0004"u8),
        };
    }

    private static bool IsDevice(string path) => !OperatingSystem.IsWindows() && Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);

    /// <summary>The full path, with links in its last part resolved.</summary>
    private static string RealPath(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            FileSystemInfo? target =
                Directory.Exists(full) ? Directory.ResolveLinkTarget(full, returnFinalTarget: true)
                : File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)
                : null;
            full = target?.FullName ?? full;
        }
        catch (IOException)
        {
            // A broken link keeps its own path.
        }

        return Path.TrimEndingDirectorySeparator(full);
    }

    private static bool Same(string one, string other) => string.Equals(one, other, Comparison);

    /// <summary>The path relative to a folder, with '/' as separator; null if it is not in the folder.</summary>
    private static string? Relative(string folder, string path) =>
        path.StartsWith(folder + Path.DirectorySeparatorChar, Comparison)
            ? path[(folder.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/')
            : null;

    private static StringComparison Comparison => OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
}

/// <summary>A folder that a verb writes to.</summary>
/// <param name="path">The folder.</param>
/// <param name="own">Whether the verb writes a path (relative to the folder, with '/' as separator).</param>
internal sealed class ClaimedFolder(string path, Func<string, bool> own)
{
    private static readonly EnumerationOptions _all = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    /// <summary>The verb's own files, in the order of their paths.</summary>
    internal string[] Own() => [.. Files().Where(IsOwn).Order(StringComparer.Ordinal)];

    /// <summary>
    /// A file that the verb did not write, in a folder that it writes; null if there is none. Other files beside are ignored.
    /// </summary>
    internal string? Foreign()
    {
        string[] files = [.. Files()];
        HashSet<string> folders =
        [
            .. files
                .Where(own)
                .Where(file => file.Contains('/', StringComparison.Ordinal))
                .Select(file => file[..file.IndexOf('/', StringComparison.Ordinal)]),
        ];
        return files
            .Where(file => !IsOwn(file) && file.IndexOf('/', StringComparison.Ordinal) is > 0 and var at && folders.Contains(file[..at]))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
    }

    /// <summary>Removes the verb's own files and the folders that become empty.</summary>
    internal void Clear()
    {
        foreach (string file in Own())
        {
            string full = Path.Combine(path, file);
            File.Delete(full);
            for (
                string folder = Path.GetDirectoryName(full)!;
                folder.Length > path.Length && !Directory.EnumerateFileSystemEntries(folder).Any();
                folder = Path.GetDirectoryName(folder)!
            )
                Directory.Delete(folder);
        }
    }

    /// <summary>Unfinished files of a killed process are the tool's, too.</summary>
    private bool IsOwn(string file) => own(file) || file.EndsWith(DurableFile.AsideSuffix, StringComparison.Ordinal);

    /// <summary>All files by their paths relative to the folder. Links to folders are not followed and count as foreign files.</summary>
    private IEnumerable<string> Files(string below = "")
    {
        string folder = Path.Combine(path, below);
        if (!Directory.Exists(folder))
            yield break;
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", _all))
        {
            string name = below.Length == 0 ? entry.Name : $"{below}/{entry.Name}";
            if (entry is DirectoryInfo && entry.LinkTarget is null)
            {
                foreach (string file in Files(name))
                    yield return file;
            }
            else
            {
                // A link never counts as an own file, whatever its name.
                yield return entry.LinkTarget is null ? name : name + " (a link)";
            }
        }
    }
}
