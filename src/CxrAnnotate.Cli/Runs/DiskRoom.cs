using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Checks the free disk space before long work.</summary>
internal static class DiskRoom
{
    /// <summary>Requires free space in a folder, which need not exist yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="bytes">The approximate number of bytes to be written.</param>
    /// <param name="what">What writes them, such as "the training".</param>
    /// <param name="advice">Advice on how to write less.</param>
    /// <exception cref="IOException">There is too little space, or the folder is not writable.</exception>
    internal static void Require(string folder, long bytes, string what, string advice)
    {
        if (Free(folder) is { } free && free < bytes)
            throw new IOException(
                ErrorCode.DiskFull.Message(
                    $"'{folder}' has room for {Text(free)}, and {what} takes about {Text(bytes)} there. Make room or name another folder{advice}."
                )
            );
    }

    /// <summary>The free bytes of the disk that a folder is or will be on; null if unknown.</summary>
    internal static long? Free(string folder)
    {
        string? there = Path.GetFullPath(folder);
        while (there is not null && !Directory.Exists(there))
            there = Path.GetDirectoryName(there);
        try
        {
            return there is null ? null : new DriveInfo(there).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string Text(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");
}
