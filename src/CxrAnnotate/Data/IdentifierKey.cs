using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// A secret key for replacing identifiers: equal identifiers become equal texts, and without the key a text reveals nothing, not even to someone who
/// guesses the identifier.
/// </summary>
public sealed class IdentifierKey
{
    /// <summary>The minimum number of bytes of a key.</summary>
    public const int LeastBytes = 16;

    /// <summary>The number of digits of a replaced identifier: the first 128 bits.</summary>
    private const int Digits = 32;

    private readonly byte[] _key;

    /// <summary>Creates a key from bytes.</summary>
    /// <param name="key">The key, <see cref="LeastBytes"/> random bytes or more.</param>
    /// <exception cref="ArgumentException">The key is too short.</exception>
    public IdentifierKey(ReadOnlySpan<byte> key) =>
        _key =
            key.Length >= LeastBytes
                ? key.ToArray()
                : throw new ArgumentException(
                    ErrorCode.OptionOutOfRange.Message($"A key must have at least {LeastBytes} bytes, not {key.Length}."),
                    nameof(key)
                );

    /// <summary>Distinguishes keys without revealing anything about them: 16 hexadecimal digits.</summary>
    public string Fingerprint => Of("key", "")[..(Digits / 2)];

    /// <summary>Reads a file whose content is the key, without trailing line ends and blanks.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The key is too short.</exception>
    public static IdentifierKey Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                ErrorCode.FileAccess.Message($"There is no key '{path}'. 'openssl rand -hex 32 > {path}' creates one."),
                path
            );
        ReadOnlySpan<byte> content = File.ReadAllBytes(path);
        content = content.TrimEnd(" \r\n\t"u8);
        return content.Length >= LeastBytes
            ? new IdentifierKey(content)
            : throw new InvalidDataException(
                ErrorCode.OptionOutOfRange.Message(
                    $"'{path}' has {content.Length} bytes; a key must have at least {LeastBytes}. 'openssl rand -hex 32' creates one."
                )
            );
    }

    /// <summary>The first 128 bits of the HMAC-SHA-256 of kind and identifier, in hexadecimal digits.</summary>
    /// <param name="kind">The kind of identifier ("patient", "study"): equal identifiers of different kinds become different texts.</param>
    /// <param name="identifier">The identifier.</param>
    /// <returns>32 lower-case hexadecimal digits.</returns>
    public string Of(string kind, string identifier) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{kind}\0{identifier}")))[..Digits];

    /// <summary>The hash of a file's content, keyed if a key is given; empty if the file cannot be read.</summary>
    internal static string OfContent(string path, IdentifierKey? key)
    {
        string? content = new RadiographFile(path).Hash()?[..Digits];
        return content is null ? ""
            : key is null ? content
            : key.Of("image", content);
    }
}
