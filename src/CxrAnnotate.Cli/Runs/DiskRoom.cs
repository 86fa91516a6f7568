using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Looks before long work whether what it writes will find room.</summary>
internal static class DiskRoom
{
    /// <summary>Requires room in a folder, which need not be there yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="bytes">About how much will be written.</param>
    /// <param name="what">What is written, as "the training".</param>
    /// <param name="advice">What takes less.</param>
    /// <exception cref="IOException">There is less room, or none may be written there.</exception>
    internal static void Require(string folder, long bytes, string what, string advice)
    {
        if (Free(folder) is { } free && free < bytes)
            throw new IOException(
                ErrorCode.DiskFull.Message(
                    $"'{folder}' has room for {Text(free)}, and {what} takes about {Text(bytes)} there. Make room or name another folder{advice}."
                )
            );
    }

    /// <summary>The free bytes of the disk that a folder is or will be on; null where the system does not tell.</summary>
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
