using System.Security.Cryptography;

namespace CxrAnnotate;

/// <summary>SHA-256 of files.</summary>
internal static class FileHash
{
    /// <summary>The SHA-256 of a file's content in 64 lower-case hexadecimal digits.</summary>
    internal static string Of(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
