using System.Text;

namespace CxrAnnotate;

/// <summary>Reads a text file of whichever encoding annotation lists come in: UTF-8, UTF-16 or UTF-32 with a byte order mark, else Latin-1.</summary>
internal static class TextFile
{
    /// <summary>The whole text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="assumedLatin1">The file is not valid UTF-8 and has no byte order mark, so it was read as Latin-1.</param>
    /// <exception cref="InvalidDataException">The file is not text.</exception>
    internal static string Read(string path, out bool assumedLatin1)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        byte[] content = File.ReadAllBytes(path);
        assumedLatin1 = false;
        string text;
        try
        {
            text = Decode(content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException)
        {
            text = Decode(content, Encoding.Latin1);
            assumedLatin1 = true;
        }

        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new InvalidDataException($"'{path}' is not a text file, or is UTF-16 without a byte order mark. Save it as UTF-8.")
            : text;
    }

    private static string Decode(byte[] content, Encoding encoding)
    {
        using var reader = new StreamReader(new MemoryStream(content), encoding, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }
}
