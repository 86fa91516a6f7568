using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Weights in the safetensors format (<see cref="SafeTensorsHeader"/>).</summary>
internal static class SafeTensors
{
    /// <summary>The types of numbers by their names in the file.</summary>
    internal static IReadOnlyDictionary<string, ScalarType> Types { get; } =
        new Dictionary<string, ScalarType>(StringComparer.Ordinal)
        {
            ["F64"] = ScalarType.Float64,
            ["F32"] = ScalarType.Float32,
            ["F16"] = ScalarType.Float16,
            ["BF16"] = ScalarType.BFloat16,
            ["I64"] = ScalarType.Int64,
            ["I32"] = ScalarType.Int32,
            ["I16"] = ScalarType.Int16,
            ["I8"] = ScalarType.Int8,
            ["U8"] = ScalarType.Byte,
            ["BOOL"] = ScalarType.Bool,
        };

    /// <summary>Writes a module's parameters and buffers, atomically (<see cref="DurableFile"/>).</summary>
    internal static void Save(string path, nn.Module module) => Save(path, module.state_dict());

    /// <summary>Writes named tensors, atomically (<see cref="DurableFile"/>).</summary>
    internal static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        SafeTensorsHeader.Write(
            path,
            tensors.Select(p =>
                (p.Key, NameOf(p.Key, p.Value), p.Value.shape, (Action<SafeTensorsHeader.ByteSink>)(sink => p.Value.Read(bytes => sink(bytes))))
            )
        );

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

    private static string NameOf(string name, Tensor tensor)
    {
        foreach (var (type, known) in Types)
        {
            if (known == tensor.dtype)
                return type;
        }

        throw new NotSupportedException(ErrorCode.CannotBeSaved.Message($"Tensor '{name}' has type {tensor.dtype}, which is not supported."));
    }
}
