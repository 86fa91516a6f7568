using System.Security.Cryptography;

namespace CxrAnnotate.Cli;

/// <summary>SHA-256 in 64 lower-case hexadecimal digits.</summary>
internal static class Sha256
{
    /// <summary>Hashes a file.</summary>
    internal static string OfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>As <see cref="OfFile"/>; null if the file cannot be read.</summary>
    internal static string? TryOfFile(string path)
    {
        try
        {
            return OfFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
