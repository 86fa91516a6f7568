using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CxrAnnotate;

/// <summary>Reads a text file in UTF-8, in UTF-16 or UTF-32 with a byte order mark, or otherwise in Latin-1; plain or gzip-compressed.</summary>
internal static class TextFile
{
    // The text is one string, of at most 2^30 characters; the largest table of the public data sets has about 130 MB.
    private const int MostBytes = 1 << 29;

    /// <summary>The whole text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="assumedLatin1">The file is not valid UTF-8 and has no byte order mark, so it was read as Latin-1.</param>
    /// <exception cref="InvalidDataException">The file is not text, or is a broken or too large gzip file.</exception>
    internal static string Read(string path, out bool assumedLatin1)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException(ErrorCode.DataNotFound.Message($"There is no file '{path}'."), path);
        if (new FileInfo(path).Length is > MostBytes and var length)
            throw new InvalidDataException(
                ErrorCode.NotText.Message(
                    $"'{path}' has {length} bytes; the limit for tables and reports is {MostBytes >> 20} MiB. Split it, or specify another file."
                )
            );
        byte[] content = Unpack(path, File.ReadAllBytes(path));
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
            ? throw new InvalidDataException(
                ErrorCode.NotText.Message($"'{path}' is not a text file, or is UTF-16 without a byte order mark. Save it as UTF-8.")
            )
            : text;
    }

    /// <summary>The content, decompressed if it is gzip, whatever the file's name.</summary>
    private static byte[] Unpack(string path, byte[] content)
    {
        if (content is not [0x1F, 0x8B, ..])
            return content;
        using var packed = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        long most = Math.Min(MostBytes, Unpacking.Most(content.Length));
        byte[] block = new byte[1 << 16];
        try
        {
            for (int read = packed.Read(block); read > 0; read = packed.Read(block))
            {
                if (unpacked.Length + read > most)
                    throw new InvalidDataException(ErrorCode.ArchiveDamaged.Message($"it holds more than {most >> 20} MiB"));
                unpacked.Write(block, 0, read);
            }

            // GZipStream accepts a truncated file as complete. The last four bytes hold the length of the text.
            if (content.Length < 18 || BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(^4)) != (uint)unpacked.Length)
                throw new InvalidDataException(ErrorCode.ArchiveDamaged.Message("it is truncated, or consists of several gzip files"));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                ErrorCode.ArchiveDamaged.Message(
                    $"'{path}' is not a complete gzip file: {e.Message.TrimEnd('.')}. Download it again, or use the unpacked file."
                ),
                e
            );
        }

        return unpacked.ToArray();
    }

    private static string Decode(byte[] content, Encoding encoding)
    {
        using var reader = new StreamReader(new MemoryStream(content), encoding, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }
}
