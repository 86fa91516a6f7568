using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CxrAnnotate;

/// <summary>
/// Reads and validates the JSON of saved models, checkpoints and metadata. Missing, null, non-finite and out-of-range values are rejected here, by an
/// exception that names the file.
/// </summary>
internal static class ModelJson
{
    /// <summary>Far larger than any document of this library.</summary>
    private const int MaximumLength = 256 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The JSON type information; should respect nullable annotations.</param>
    /// <param name="problem">Returns the problem with the content; null if it is valid.</param>
    /// <exception cref="InvalidDataException">The file cannot be read or is not valid; the message names it and says why.</exception>
    internal static T Read<T>(string path, JsonTypeInfo<T> type, Func<T, string?> problem)
        where T : class => Parse(Bytes(path, MaximumLength), path, type, problem);

    /// <summary>Reads a named document.</summary>
    /// <exception cref="InvalidDataException">The document is not valid; the message names it and says why.</exception>
    internal static T Parse<T>(ReadOnlySpan<byte> json, string name, JsonTypeInfo<T> type, Func<T, string?> problem)
        where T : class
    {
        try
        {
            // Valid lists never contain null; the serializer's own null check covers only properties.
            if (HasNullInList(json))
                throw Damaged(name, "a list has a missing value");
            T read = JsonSerializer.Deserialize(json, type) ?? throw Damaged(name, "it is empty");
            return problem(read) is { } reason ? throw Damaged(name, reason) : read;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw Damaged(name, e.Message, e);
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="InvalidDataException">It cannot be read or is too large.</exception>
    internal static byte[] Bytes(string path, int most)
    {
        try
        {
            return new FileInfo(path) is { Exists: true } file && file.Length > most
                ? throw Damaged(path, "it is larger than any such file")
                : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is missing."), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(ErrorCode.FileAccess.Message($"'{path}' cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>Whether a list is not empty and its texts are distinct, not null and not empty.</summary>
    internal static bool AreNames(IReadOnlyList<string>? names) =>
        names is { Count: > 0 } && !names.Any(string.IsNullOrEmpty) && names.Distinct(StringComparer.Ordinal).Count() == names.Count;

    /// <summary>Whether a dictionary exists and none of its values is null.</summary>
    internal static bool AreTexts(IReadOnlyDictionary<string, string>? texts) => texts is not null && !texts.Values.Any(text => text is null);

    private static bool HasNullInList(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var lists = new Stack<bool>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    lists.Push(reader.TokenType == JsonTokenType.StartArray);
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    lists.Pop();
                    break;
                case JsonTokenType.Null when lists.TryPeek(out bool list) && list:
                    return true;
            }
        }

        return false;
    }

    private static InvalidDataException Damaged(string name, string reason, Exception? inner = null) =>
        new(ErrorCode.ModelDamaged.Message($"'{name}' is damaged or not of this library: {reason.TrimEnd('.')}."), inner);
}
