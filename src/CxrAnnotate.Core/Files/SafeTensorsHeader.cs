using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CxrAnnotate;

/// <summary>The place of a tensor in a safetensors file.</summary>
/// <param name="Type">The name of the type of its numbers, such as F32.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Start">Its first byte, counted from the beginning of the file.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record SafeTensorPlace(string Type, long[] Shape, long Start, long Length);

/// <summary>
/// The header of the safetensors format (eight bytes of header length, a JSON header, raw little-endian numbers), written so that Python's
/// safetensors reads it: padded with blanks to a multiple of eight bytes, tensors in the order of their alignment and name without gaps. The metadata
/// carries a SHA-256 of the file. A header that is read is checked before any number is: the length is held against the file's, every name, type,
/// shape and offset is checked, the tensors must cover the file without gaps or overlaps, and the checksum must be right where there is one.
/// </summary>
internal static class SafeTensorsHeader
{
    /// <summary>The metadata's name for the SHA-256 (hexadecimal) of the whole file, computed with zeros in its place.</summary>
    internal const string ChecksumName = "cxr.sha256";

    internal const int ChecksumLength = 64;

    private const int MaximumHeader = 16 << 20;

    /// <summary>The supported types, and the bytes of a number.</summary>
    internal static IReadOnlyDictionary<string, int> Sizes { get; } =
        new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["F64"] = 8,
            ["F32"] = 4,
            ["F16"] = 2,
            ["BF16"] = 2,
            ["I64"] = 8,
            ["I32"] = 4,
            ["I16"] = 2,
            ["I8"] = 1,
            ["U8"] = 1,
            ["BOOL"] = 1,
        };

    private static ReadOnlySpan<byte> Zeros => "0000000000000000000000000000000000000000000000000000000000000000"u8;

    /// <summary>Writes a file, atomically (<see cref="DurableFile"/>).</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">For each tensor its name, type, shape, and what passes its bytes on, in pieces.</param>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    internal static void Write(string path, IEnumerable<(string Name, string Type, long[] Shape, Action<ByteSink> Bytes)> tensors)
    {
        var ordered = tensors.OrderByDescending(t => Sizes[t.Type]).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        byte[] header = Header(ordered.Select(t => (t.Name, t.Type, t.Shape)));
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        DurableFile.Write(
            path,
            file =>
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                Append(prefix);
                Append(header);
                foreach (var (_, _, _, bytes) in ordered)
                    bytes(Append);
                file.Position = 8 + header.AsSpan().IndexOf(Zeros);
                file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));

                void Append(ReadOnlySpan<byte> bytes)
                {
                    hash.AppendData(bytes);
                    file.Write(bytes);
                }
            }
        );
    }

    /// <summary>Receives the bytes of a tensor.</summary>
    internal delegate void ByteSink(ReadOnlySpan<byte> bytes);

    /// <summary>Reads the header of a file.</summary>
    /// <param name="file">The file, at its beginning.</param>
    /// <param name="verify">Whether a checksum is held against the numbers, which reads all of the file.</param>
    /// <param name="unusable">Makes the exception for a reason.</param>
    /// <returns>The tensors by their names.</returns>
    internal static Dictionary<string, SafeTensorPlace> Read(FileStream file, bool verify, Func<string, Exception?, InvalidDataException> unusable)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw unusable("it is shorter than its header", null);
        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > MaximumHeader || length > file.Length - 8)
            throw unusable("the length of its header is impossible; it is cut off or of another format", null);
        byte[] header = new byte[length];
        file.ReadExactly(header);
        var places = new Dictionary<string, SafeTensorPlace>(StringComparer.Ordinal);
        string? checksum = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw unusable("its header is not a JSON object", null);
            bool metadata = false;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    if (metadata)
                        throw unusable("its metadata occurs twice", null);
                    metadata = true;
                    checksum = Checksum(property.Value, unusable);
                }
                else if (!places.TryAdd(property.Name, Place(property.Name, property.Value, 8 + length, file.Length, unusable)))
                {
                    throw unusable($"tensor '{property.Name}' occurs twice", null);
                }
            }
        }
        catch (JsonException e)
        {
            throw unusable("its header is not valid JSON", e);
        }
        catch (InvalidOperationException e)
        {
            throw unusable("its header holds text that is not valid UTF-8", e);
        }

        RequireCover(places, 8 + length, file.Length, unusable);
        if (verify && checksum is not null)
            RequireChecksum(file, prefix, header, checksum, unusable);
        return places;
    }

    /// <summary>The bytes of so many numbers.</summary>
    /// <returns>-1 where no tensor has this shape: a dimension is negative, or their product is too large.</returns>
    internal static long Bytes(long[] shape, int size)
    {
        // A tensor without numbers has strides, too, which must not overflow.
        long bytes = size;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || bytes > long.MaxValue / Math.Max(dimension, 1))
                return -1;
            bytes *= Math.Max(dimension, 1);
        }

        return shape.Contains(0) ? 0 : bytes;
    }

    private static byte[] Header(IEnumerable<(string Name, string Type, long[] Shape)> tensors)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteString(ChecksumName, Zeros);
            json.WriteEndObject();
            long offset = 0;
            foreach (var (name, type, shape) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (long dimension in shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += Bytes(shape, Sizes[type]);
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        return header.ToArray();
    }

    private static string? Checksum(JsonElement metadata, Func<string, Exception?, InvalidDataException> unusable)
    {
        if (metadata.ValueKind != JsonValueKind.Object || metadata.EnumerateObject().Any(p => p.Value.ValueKind != JsonValueKind.String))
            throw unusable("its metadata is not an object of texts", null);
        if (!metadata.TryGetProperty(ChecksumName, out JsonElement checksum))
            return null;
        string text = checksum.GetString()!;
        return text.Length == ChecksumLength && text.All(char.IsAsciiHexDigitLower) ? text : throw unusable("its checksum is malformed", null);
    }

    private static SafeTensorPlace Place(
        string name,
        JsonElement entry,
        long dataStart,
        long fileLength,
        Func<string, Exception?, InvalidDataException> unusable
    )
    {
        if (
            entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("dtype", out JsonElement dtype)
            || dtype.ValueKind != JsonValueKind.String
        )
            throw unusable($"tensor '{name}' has no dtype", null);
        string type = dtype.GetString()!;
        if (!Sizes.TryGetValue(type, out int size))
            throw unusable($"tensor '{name}' has the dtype '{type}', which is not one of {string.Join(", ", Sizes.Keys)}", null);
        long[] shape = Numbers(entry, "shape", name, unusable);
        long[] offsets = Numbers(entry, "data_offsets", name, unusable);
        long bytes = Bytes(shape, size);
        if (bytes < 0)
            throw unusable($"tensor '{name}' has an impossible shape", null);
        if (offsets is not [var from, var to] || from < 0 || to < from || to > fileLength - dataStart)
            throw unusable($"tensor '{name}' lies outside the file, which is cut off or damaged", null);
        if (to - from != bytes)
            throw unusable($"tensor '{name}' has {to - from} bytes, its shape and dtype need {bytes}", null);
        return new SafeTensorPlace(type, shape, dataStart + from, bytes);
    }

    private static long[] Numbers(JsonElement entry, string property, string tensor, Func<string, Exception?, InvalidDataException> unusable)
    {
        if (!entry.TryGetProperty(property, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw unusable($"tensor '{tensor}' has no {property}", null);
        var numbers = new List<long>();
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number))
                throw unusable($"tensor '{tensor}' has a {property} that is not a list of integers", null);
            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The tensors must be contiguous and end where the file ends, as the format requires.</summary>
    private static void RequireCover(
        Dictionary<string, SafeTensorPlace> places,
        long dataStart,
        long fileLength,
        Func<string, Exception?, InvalidDataException> unusable
    )
    {
        long end = dataStart;
        foreach (var (name, place) in places.OrderBy(p => p.Value.Start).ThenBy(p => p.Value.Length))
        {
            if (place.Start != end)
                throw unusable(place.Start < end ? $"tensor '{name}' overlaps another" : $"there is a gap before tensor '{name}'", null);
            end = place.Start + place.Length;
        }

        if (end != fileLength)
            throw unusable($"{fileLength - end} bytes belong to no tensor", null);
    }

    private static void RequireChecksum(
        FileStream file,
        ReadOnlySpan<byte> prefix,
        byte[] header,
        string checksum,
        Func<string, Exception?, InvalidDataException> unusable
    )
    {
        byte[] zeroed = (byte[])header.Clone();
        // JSON escapes would hide it; no writer uses them.
        int place = zeroed.AsSpan().IndexOf(Encoding.ASCII.GetBytes(checksum));
        if (place < 0)
            throw unusable("its checksum is malformed", null);
        zeroed.AsSpan(place, checksum.Length).Fill((byte)'0');
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(prefix);
        hash.AppendData(zeroed);
        byte[] buffer = new byte[1 << 16];
        file.Position = prefix.Length + header.Length;
        for (int read = file.Read(buffer); read > 0; read = file.Read(buffer))
            hash.AppendData(buffer, 0, read);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != checksum)
            throw unusable("its checksum is wrong: the file was damaged or changed after it was written", null);
    }
}
