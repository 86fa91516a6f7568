using System.Text;

namespace CxrAnnotate;

/// <summary>
/// Writes files atomically, as this library writes all of its own: to a temporary file first, flushed to disk, then renamed into place. A file exists
/// completely or not at all, and an existing one is unchanged until the new one is complete, whatever happens in between.
/// </summary>
public static class DurableFile
{
    /// <summary>The suffix of temporary files, which a killed process may leave in the folder.</summary>
    public const string AsideSuffix = ".cxr-new";

    /// <summary>Writes a text in UTF-8, without a byte order mark.</summary>
    /// <param name="path">The file. A link is followed; a device (/dev/stdout) is written to directly.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public static void WriteText(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="IOException">The file could not be written; an existing file is unchanged.</exception>
    internal static void Write(string path, byte[] content) => Write(path, file => file.Write(content));

    /// <summary>Writes a file through a callback.</summary>
    /// <param name="path">The file. A link is followed; a device (/dev/stdout) is written to directly.</param>
    /// <param name="write">Writes the content. If it throws, an existing file is unchanged.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.GetFullPath(path);
        if (new FileInfo(target).LinkTarget is not null && File.ResolveLinkTarget(target, returnFinalTarget: true) is { } linked)
            target = linked.FullName;
        if (IsDevice(target))
        {
            using FileStream device = new(target, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        string folder = Path.GetDirectoryName(target)!,
            aside = Path.Combine(folder, $".{Path.GetRandomFileName()}{AsideSuffix}");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(ErrorCode.FileAccess.Message($"'{path}' cannot be written: there is no folder '{folder}'."));
        try
        {
            using (FileStream file = new(aside, FileMode.CreateNew, FileAccess.Write))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(target))
                    File.SetUnixFileMode(file.SafeFileHandle, File.GetUnixFileMode(target));
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, target, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(aside);
            if (e is IOException or UnauthorizedAccessException && e.Message.Contains(aside, StringComparison.Ordinal))
                throw Failed(
                    $"'{path}' could not be written: {e.Message.Replace(aside, path, StringComparison.Ordinal).TrimEnd('.')}. "
                        + $"{(File.Exists(target) ? "The existing file is unchanged." : "Nothing was written.")}",
                    e
                );
            throw;
        }
    }

    /// <summary>The exception for a failed write, with the code of a full disk if that is the reason.</summary>
    /// <param name="text">What could not be written, and what to do.</param>
    /// <param name="reason">The original exception.</param>
    /// <returns>The exception, with <see cref="ErrorCode.DiskFull"/> or <see cref="ErrorCode.FileAccess"/>.</returns>
    public static IOException Failed(string text, Exception reason) =>
        CxrError.CauseOf(reason) == ErrorCode.DiskFull
            ? new IOException(ErrorCode.DiskFull.Message(text), reason)
            : new IOException(ErrorCode.FileAccess.Message(text), reason);

    /// <summary>Whether a path is a device. Renaming a file over a device would replace it.</summary>
    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows()
        && (path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal))
        && File.Exists(path)
        && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The original error is the one to report.
        }
    }
}
