using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// Decoded radiographs on disk, stored as floats, so that cached values are bit-identical, with the warnings about them. An entry is named by the
/// SHA-256 of the file's bytes and of the format. A note, named by path, size and time of the last write, records the hash of a file's content, so
/// that an unchanged file is not read again.
/// </summary>
/// <remarks>
/// Entries and notes are written under a temporary name and renamed, and end with a checksum: several processes may share a folder, a killed process
/// leaves at most an unused temporary file, and a damaged entry is decoded again. A read-only folder only makes reading slower.
/// </remarks>
internal sealed class RadiographCache
{
    /// <summary>Part of every name. Increase it with every change of decoding, resampling or the cache format.</summary>
    internal const int Version = 5;

    private const string EntrySuffix = ".pixels",
        NoteSuffix = ".note",
        AsideSuffix = ".aside";

    private const int WritesBetweenListings = 256,
        MostWarningBytes = 1 << 16;

    private readonly string _folder;
    private readonly long _maximumBytes;
    private readonly Lock _counting = new();
    private long _bytes;
    private int _untilListing;
    private long _decoded;

    /// <param name="folder">The folder; created if it does not exist.</param>
    /// <param name="maximumBytes">When the entries exceed this size, the oldest are removed.</param>
    internal RadiographCache(string folder, long maximumBytes) => (_folder, _maximumBytes) = (Path.GetFullPath(folder), maximumBytes);

    /// <summary>The number of files that were decoded because they were not in the cache.</summary>
    internal long Decoded => Interlocked.Read(ref _decoded);

    /// <summary>As <see cref="RadiographReader.Read(string, RadiographFormat, Span{float})"/>: the same values, the same errors.</summary>
    /// <returns>What the file says wrong and was read nevertheless, also when it comes out of the cache.</returns>
    internal IReadOnlyList<InputWarning> Read(string path, RadiographFormat format, Span<float> pixels)
    {
        VipsRuntime.EnsureLoaded();
        if (Stamp(path) is not { } stamp)
        {
            // The reader reports what is not a file.
            return RadiographReader.Read(path, format, pixels);
        }

        string note = Path.Combine(_folder, stamp + NoteSuffix);
        Span<byte> content = stackalloc byte[SHA256.HashSizeInBytes];
        bool known = TryRead(note, content, out _);
        if (!known && !TryHash(path, content))
            return RadiographReader.Read(path, format, pixels);

        string entry = EntryOf(content, format);
        if (!TryRead(entry, MemoryMarshal.AsBytes(pixels), out IReadOnlyList<InputWarning> warnings))
        {
            Span<byte> before = stackalloc byte[SHA256.HashSizeInBytes],
                after = stackalloc byte[SHA256.HashSizeInBytes];
            bool sure = TryHash(path, before);
            Interlocked.Increment(ref _decoded);
            warnings = RadiographReader.Read(path, format, pixels);
            // A file that changed during decoding is not cached.
            if (!sure || !TryHash(path, after) || !before.SequenceEqual(after))
                return warnings;
            before.CopyTo(content);
            Keep(EntryOf(content, format), MemoryMarshal.AsBytes(pixels), warnings);
            known = false;
        }

        if (!known && Stamp(path) == stamp)
            Keep(note, content, []);
        return warnings;
    }

    private string EntryOf(ReadOnlySpan<byte> content, RadiographFormat format)
    {
        string how = string.Create(
            CultureInfo.InvariantCulture,
            $"{Version}|{VipsRuntime.Version}|{Convert.ToHexString(content)}|{format.Height}|{format.Width}|"
                + $"{format.Fit}|{format.MaximumPixels}|{format.MaximumSide}|{format.MaximumAspectRatio}|{format.MaximumBytes}|"
                + $"{format.Range}|{format.Photometric}|{format.Dicom}"
        );
        return Path.Combine(_folder, Name(how) + EntrySuffix);
    }

    private static string? Stamp(string path)
    {
        if (string.IsNullOrEmpty(path))
            return null;
        var file = new FileInfo(path);
        return file.Exists ? Name(string.Create(CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}")) : null;
    }

    private static string Name(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static bool TryHash(string path, Span<byte> hash)
    {
        try
        {
            if (FileFacts.Of(path).Kind != FileKind.File)
                return false;
            using FileStream file = File.OpenRead(path);
            SHA256.HashData(file, hash);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads the content of an entry or note and the warnings behind it, if it is complete.</summary>
    private static bool TryRead(string path, Span<byte> content, out IReadOnlyList<InputWarning> warnings)
    {
        warnings = [];
        try
        {
            if (!File.Exists(path))
                return false;
            Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
            byte[] behind;
            using (FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
            {
                long more = file.Length - content.Length - stored.Length;
                if (more is < 0 or > MostWarningBytes)
                    return false;
                behind = new byte[more];
                if (
                    file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) < content.Length
                    || file.ReadAtLeast(behind, behind.Length, throwOnEndOfStream: false) < behind.Length
                    || file.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) < stored.Length
                )
                    return false;
            }

            if (!Checksum(content, behind).AsSpan().SequenceEqual(stored))
                return false;
            warnings = [.. Sentences(behind).Select(sentence => new InputWarning(InputWarningKind.ReadLeniently, sentence))];
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Keep(string path, ReadOnlySpan<byte> content, IReadOnlyList<InputWarning> warnings)
    {
        byte[] behind = Behind(warnings);
        long bytes = content.Length + behind.Length + SHA256.HashSizeInBytes;
        if (bytes > _maximumBytes || behind.Length > MostWarningBytes)
            return;
        string aside = path + "." + Path.GetRandomFileName() + AsideSuffix;
        try
        {
            MakeRoom(bytes);
            using (FileStream file = new(aside, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content);
                file.Write(behind);
                file.Write(Checksum(content, behind));
            }

            File.Move(aside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(aside);
        }
    }

    private static byte[] Checksum(ReadOnlySpan<byte> content, ReadOnlySpan<byte> behind)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(content);
        hash.AppendData(behind);
        return hash.GetHashAndReset();
    }

    /// <summary>The sentences of warnings, each with its length.</summary>
    private static byte[] Behind(IReadOnlyList<InputWarning> warnings)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (InputWarning warning in warnings)
            writer.Write(warning.Message);
        writer.Flush();
        return bytes.ToArray();
    }

    private static IEnumerable<string> Sentences(byte[] behind)
    {
        using var reader = new BinaryReader(new MemoryStream(behind));
        while (reader.BaseStream.Position < behind.Length)
            yield return reader.ReadString();
    }

    /// <summary>
    /// Removes the oldest files until there is room for one more entry and a tenth of the limit is free, so that not every entry lists the folder.
    /// Temporary files of killed processes count and are removed like the rest. Since other processes write too, the folder is listed again from time
    /// to time.
    /// </summary>
    private void MakeRoom(long bytes)
    {
        lock (_counting)
        {
            if (_untilListing-- > 0 && _bytes + bytes <= _maximumBytes)
            {
                _bytes += bytes;
                return;
            }

            _untilListing = WritesBetweenListings;
            FileInfo[] files =
            [
                .. Directory.CreateDirectory(_folder).EnumerateFiles().Where(file => file.Extension is EntrySuffix or NoteSuffix or AsideSuffix),
            ];
            _bytes = files.Sum(Length) + bytes;
            if (_bytes <= _maximumBytes)
                return;
            foreach (FileInfo file in files.OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal))
            {
                if (_bytes <= _maximumBytes - (_maximumBytes / 10))
                    return;
                _bytes -= Length(file);
                Remove(file.FullName);
            }
        }
    }

    /// <summary>0 if another process has renamed or removed the file since the folder was listed.</summary>
    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process is reading it or has removed it.
        }
    }
}
