using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CxrAnnotate;

/// <summary>
/// The one way in which JSON of saved models, checkpoints and metadata is read: nothing that is missing, null, not a number or out of its range gets
/// further than here. What is wrong is one exception that names the file.
/// </summary>
internal static class ModelJson
{
    /// <summary>No document of this library is near this size.</summary>
    private const int MaximumLength = 256 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">How it is read; nullable annotations should count.</param>
    /// <param name="problem">What is wrong with the content; null where it is sound.</param>
    /// <exception cref="InvalidDataException">The file cannot be read or is not sound; the message names it and says why.</exception>
    internal static T Read<T>(string path, JsonTypeInfo<T> type, Func<T, string?> problem)
        where T : class => Parse(Bytes(path, MaximumLength), path, type, problem);

    /// <summary>Reads a document of a name.</summary>
    /// <exception cref="InvalidDataException">The document is not sound; the message names it and says why.</exception>
    internal static T Parse<T>(ReadOnlySpan<byte> json, string name, JsonTypeInfo<T> type, Func<T, string?> problem)
        where T : class
    {
        try
        {
            // A list of ours never has a hole; the serializer's own look at null ends at properties.
            if (HasNullInList(json))
                throw Damaged(name, "a value of a list is missing");
            T read = JsonSerializer.Deserialize(json, type) ?? throw Damaged(name, "it is empty");
            return problem(read) is { } reason ? throw Damaged(name, reason) : read;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw Damaged(name, e.Message, e);
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="InvalidDataException">It cannot be read, or is larger than it can be.</exception>
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

    /// <summary>Whether a list holds one or more texts, none of them null, empty or there twice.</summary>
    internal static bool AreNames(IReadOnlyList<string>? names) =>
        names is { Count: > 0 } && !names.Any(string.IsNullOrEmpty) && names.Distinct(StringComparer.Ordinal).Count() == names.Count;

    /// <summary>Whether no value of a table of texts is null.</summary>
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
