using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Weights in the safetensors format (eight bytes of header length, a JSON header, raw little-endian numbers), written so that Python's safetensors
/// reads them: the header padded with blanks to a multiple of eight bytes, tensors in the order of their alignment and name without gaps. The
/// metadata carries a SHA-256 of the file.
/// </summary>
internal static class SafeTensors
{
    /// <summary>The metadata's name for the SHA-256 (hexadecimal) of the whole file, computed with zeros in its place.</summary>
    internal const string ChecksumName = "cxr.sha256";

    internal const int ChecksumLength = 64;

    /// <summary>The supported types: name in the file, type in TorchSharp, bytes of a number.</summary>
    internal static IReadOnlyDictionary<string, (ScalarType Type, int Size)> Types { get; } =
        new Dictionary<string, (ScalarType, int)>(StringComparer.Ordinal)
        {
            ["F64"] = (ScalarType.Float64, 8),
            ["F32"] = (ScalarType.Float32, 4),
            ["F16"] = (ScalarType.Float16, 2),
            ["BF16"] = (ScalarType.BFloat16, 2),
            ["I64"] = (ScalarType.Int64, 8),
            ["I32"] = (ScalarType.Int32, 4),
            ["I16"] = (ScalarType.Int16, 2),
            ["I8"] = (ScalarType.Int8, 1),
            ["U8"] = (ScalarType.Byte, 1),
            ["BOOL"] = (ScalarType.Bool, 1),
        };

    /// <summary>Writes a module's parameters and buffers, atomically (<see cref="DurableFile"/>).</summary>
    internal static void Save(string path, nn.Module module) => Save(path, module.state_dict());

    /// <summary>Writes named tensors, atomically (<see cref="DurableFile"/>).</summary>
    internal static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var ordered = tensors
            .Select(p => (Name: p.Key, Tensor: p.Value, Type: Describe(p.Key, p.Value)))
            .OrderByDescending(t => t.Type.Size)
            .ThenBy(t => t.Name, StringComparer.Ordinal)
            .ToList();
        byte[] header = Header(ordered);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        DurableFile.Write(
            path,
            file =>
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                hash.AppendData(prefix);
                hash.AppendData(header);
                file.Write(prefix);
                file.Write(header);
                foreach (var (_, tensor, _) in ordered)
                {
                    tensor.Read(bytes =>
                    {
                        hash.AppendData(bytes);
                        file.Write(bytes);
                    });
                }

                file.Position = 8 + header.AsSpan().IndexOf(Zeros);
                file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
            }
        );
    }

    /// <summary>Fills a module from a file, which must contain exactly its parameters and buffers, with their types and shapes.</summary>
    /// <exception cref="InvalidDataException">The file is not of this format, is damaged, or does not fit the module.</exception>
    internal static void Load(string path, nn.Module module) => Load(path, module.state_dict());

    /// <summary>Fills tensors from a file, which must contain exactly these tensors, with their types and shapes. Otherwise none is filled.</summary>
    /// <exception cref="InvalidDataException">The file is not of this format, is damaged, or does not fit the tensors.</exception>
    internal static void Load(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        foreach (var (name, tensor) in tensors)
        {
            if (!file.Entries.TryGetValue(name, out WeightEntry? entry))
                throw file.Unusable($"tensor '{name}' is missing");
            if (entry.Type != tensor.dtype || !entry.Shape.AsSpan().SequenceEqual(tensor.shape))
                throw file.Unusable(
                    $"tensor '{name}' is {entry.Type} of shape [{string.Join(", ", entry.Shape)}], not {tensor.dtype} of shape "
                        + $"[{string.Join(", ", tensor.shape)}]"
                );
        }

        if (file.Entries.Keys.FirstOrDefault(name => !tensors.ContainsKey(name)) is { } extra)
            throw file.Unusable($"tensor '{extra}' belongs to another network");
        foreach (var (name, tensor) in tensors)
            file.CopyTo(name, tensor);
    }

    private static ReadOnlySpan<byte> Zeros => "0000000000000000000000000000000000000000000000000000000000000000"u8;

    private static (string Name, int Size) Describe(string name, Tensor tensor)
    {
        foreach (var (type, (known, size)) in Types)
        {
            if (known == tensor.dtype)
                return (type, size);
        }

        throw new NotSupportedException(ErrorCode.CannotBeSaved.Message($"Tensor '{name}' has type {tensor.dtype}, which is not supported."));
    }

    private static byte[] Header(List<(string Name, Tensor Tensor, (string Name, int Size) Type)> tensors)
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
            foreach (var (name, tensor, type) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Name);
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.numel() * type.Size;
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
}
