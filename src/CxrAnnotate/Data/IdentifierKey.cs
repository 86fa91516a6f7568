using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// A secret key that identifiers are replaced under: the same identifier becomes the same text, and without the key a text reveals nothing, not even
/// to who guesses the identifier.
/// </summary>
public sealed class IdentifierKey
{
    /// <summary>The least number of bytes that a key has.</summary>
    public const int LeastBytes = 16;

    /// <summary>Digits of a replaced identifier: the first 128 bits.</summary>
    private const int Digits = 32;

    private readonly byte[] _key;

    /// <summary>Takes a key.</summary>
    /// <param name="key">The key, <see cref="LeastBytes"/> bytes or more, as random as can be.</param>
    /// <exception cref="ArgumentException">The key is too short.</exception>
    public IdentifierKey(ReadOnlySpan<byte> key) =>
        _key =
            key.Length >= LeastBytes
                ? key.ToArray()
                : throw new ArgumentException(
                    ErrorCode.OptionOutOfRange.Message($"A key has {LeastBytes} bytes or more, not {key.Length}."),
                    nameof(key)
                );

    /// <summary>Distinguishes keys without revealing anything about them: 16 hexadecimal digits.</summary>
    public string Fingerprint => Of("key", "")[..(Digits / 2)];

    /// <summary>Reads a file whose whole content is the key, but for line ends and blanks at its end.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The key is too short.</exception>
    public static IdentifierKey Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                ErrorCode.FileAccess.Message($"There is no key '{path}'. 'openssl rand -hex 32 > {path}' makes one."),
                path
            );
        ReadOnlySpan<byte> content = File.ReadAllBytes(path);
        content = content.TrimEnd(" \r\n\t"u8);
        return content.Length >= LeastBytes
            ? new IdentifierKey(content)
            : throw new InvalidDataException(
                ErrorCode.OptionOutOfRange.Message(
                    $"'{path}' has {content.Length} bytes; a key has {LeastBytes} or more. 'openssl rand -hex 32' makes one."
                )
            );
    }

    /// <summary>HMAC-SHA-256 of kind and identifier, its first 128 bits in hexadecimal digits.</summary>
    /// <param name="kind">What is identified ("patient", "study"): equal identifiers of two kinds become different texts.</param>
    /// <param name="identifier">The identifier.</param>
    /// <returns>32 lower-case hexadecimal digits.</returns>
    public string Of(string kind, string identifier) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{kind}\0{identifier}")))[..Digits];

    /// <summary>The hash of a file's content, under a key where there is one; empty where the file cannot be read.</summary>
    internal static string OfContent(string path, IdentifierKey? key)
    {
        string? content = new RadiographFile(path).Hash()?[..Digits];
        return content is null ? ""
            : key is null ? content
            : key.Of("image", content);
    }
}
