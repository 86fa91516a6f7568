using System.IO.Compression;

namespace CxrAnnotate;

/// <summary>
/// Checks a model that ML.NET saved before ML.NET reads it. The file is a zip archive, whose entries have a length and a CRC-32; neither ML.NET nor
/// ZipArchive verifies them, so that a changed byte could silently change a weight.
/// </summary>
internal static class ModelArchive
{
    /// <summary>Far more than any model of this library; a header that declares more is rejected.</summary>
    private const long MaximumBytes = 4L << 30;

    private static readonly uint[] _table = Table();

    /// <summary>Reads every entry and verifies its length and checksum.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not an archive or has been changed; the message names it and gives the reason.</exception>
    internal static void Check(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException(ErrorCode.ModelNotFound.Message($"There is no model '{path}'. Write one by MLContext.Model.Save."), path);
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            if (archive.Entries.Sum(e => (decimal)e.Length) > Math.Min(MaximumBytes, Unpacking.Most(new FileInfo(path).Length)))
                throw new InvalidDataException(
                    ErrorCode.ModelDamaged.Message("its declared unpacked size is too large for its length, or above four gigabytes")
                );
            byte[] buffer = new byte[1 << 16];
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream content = entry.Open();
                uint sum = uint.MaxValue;
                long length = 0;
                for (int read; (read = content.Read(buffer)) > 0;)
                {
                    length += read;
                    if (length > entry.Length)
                        break;
                    foreach (byte value in buffer.AsSpan(0, read))
                        sum = _table[(byte)(sum ^ value)] ^ (sum >> 8);
                }

                if (length != entry.Length || ~sum != entry.Crc32)
                    throw new InvalidDataException(
                        ErrorCode.ModelDamaged.Message(
                            $"the entry '{entry.FullName}' has been changed (its length or checksum does not match)"
                        )
                    );
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message(
                    $"'{path}' is damaged or not an ML.NET model: {e.Message.TrimEnd('.')}. Save or copy the model again."
                ),
                e
            );
        }
    }

    /// <summary>The table of the CRC-32 that zip archives use (polynomial 0x04C11DB7, reflected).</summary>
    private static uint[] Table()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
