using System.Text;
using System.Text.Json;

namespace CxrAnnotate;

/// <summary>Evaluation reports as JSON.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    internal static string Write<T>(T report) => JsonSerializer.Serialize(report, _options);

    /// <summary>Reads a report.</summary>
    /// <param name="json">The text.</param>
    /// <param name="what">The expected kind of report, for messages: "an annotation report".</param>
    /// <exception cref="FormatException">It is not.</exception>
    internal static T Read<T>(string json, string what)
        where T : class
    {
        try
        {
            // The serializer rejects null properties but does not check the elements of lists.
            if (HasNullElement(Encoding.UTF8.GetBytes(json)))
                throw new FormatException(ErrorCode.EvaluationUnreadable.Message($"The text is not {what}: an element of a list is null."));
            return JsonSerializer.Deserialize<T>(json, _options)
                ?? throw new FormatException(ErrorCode.EvaluationUnreadable.Message($"The text is null, not {what}."));
        }
        catch (JsonException e)
        {
            throw new FormatException(ErrorCode.EvaluationUnreadable.Message($"The text is not {what}: {e.Message}"), e);
        }
    }

    private static bool HasNullElement(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var inList = new Stack<bool>();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                inList.Push(reader.TokenType == JsonTokenType.StartArray);
            else if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                inList.Pop();
            else if (reader.TokenType == JsonTokenType.Null && inList.TryPeek(out bool list) && list)
                return true;
        }

        return false;
    }
}
