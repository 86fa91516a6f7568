using System.Buffers;
using System.Security.Cryptography;
using NetVips;

namespace CxrAnnotate;

/// <summary>The source of a radiograph's bytes: a file, or memory with a name for error messages.</summary>
internal readonly struct RadiographFile
{
    private static readonly SearchValues<char> _schemeCharacters = SearchValues.Create(
        "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    private readonly byte[]? _content;

    internal RadiographFile(string path) => Name = path;

    internal RadiographFile(string name, byte[] content) => (Name, _content) = (name, content);

    internal string Name { get; }

    /// <summary>Whether a path is a URL (<c>https://</c>, <c>s3://</c>, <c>file://</c>). A single letter before the colon is a drive.</summary>
    internal static bool IsUrl(string path) =>
        path.IndexOf("://", StringComparison.Ordinal) is > 1 and var end
        && char.IsAsciiLetter(path[0])
        && path.AsSpan(0, end).ContainsAnyExcept(_schemeCharacters) is false;

    /// <summary>Opens the bytes; the caller disposes of the stream.</summary>
    /// <exception cref="InvalidDataException">It is a FIFO, a socket or a device.</exception>
    internal Stream Open()
    {
        if (_content is not null)
            return new MemoryStream(_content, writable: false);
        FileFacts.RequireNotSpecial(Name);
        return File.OpenRead(Name);
    }

    /// <summary>Opens the bytes for libvips. A source is used instead of a file name because libvips parses options in brackets in names.</summary>
    /// <exception cref="InvalidDataException">It is a FIFO, a socket or a device.</exception>
    internal Source OpenSource()
    {
        if (_content is not null)
            return Source.NewFromMemory(_content);
        FileFacts.RequireNotSpecial(Name);
        return Source.NewFromFile(Name);
    }

    /// <summary>The SHA-256 of the bytes in 64 lower-case hexadecimal digits; null if they cannot be read.</summary>
    internal string? Hash()
    {
        try
        {
            using Stream content = Open();
            return Convert.ToHexStringLower(SHA256.HashData(content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Reads all bytes.</summary>
    /// <exception cref="InvalidDataException">There are more than the limits allow.</exception>
    internal byte[] ReadAll(RadiographLimits limits)
    {
        using Stream content = Open();
        limits.CheckFile(content.Length);
        if (_content is not null)
            return _content;
        byte[] bytes = new byte[content.Length];
        content.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads the first bytes, as many as exist and fit.</summary>
    internal Span<byte> Peek(Span<byte> into)
    {
        using Stream content = Open();
        return into[..content.ReadAtLeast(into, into.Length, throwOnEndOfStream: false)];
    }

    /// <summary>Reads the first bytes.</summary>
    /// <exception cref="InvalidDataException">The file or content cannot be read or is empty.</exception>
    internal Span<byte> Begin(Span<byte> into)
    {
        if (_content is null)
        {
            if (string.IsNullOrEmpty(Name))
                throw new InvalidDataException(ErrorCode.ImagePathMissing.Message("no path is given"));
            FileFacts facts = FileFacts.Of(Name);
            if (facts.Kind != FileKind.File)
                throw new InvalidDataException(facts.Problem ?? ErrorCode.ImageNotAFile.Message("it is a folder"));
        }

        Span<byte> start = Peek(into);
        return start.Length > 0 ? start : throw new InvalidDataException(ErrorCode.ImageEmpty.Message("it has no bytes"));
    }
}
