using System.Text.Json.Nodes;

namespace CxrAnnotate.Tests;

/// <summary>Documents with one invalid value.</summary>
internal static class JsonDamage
{
    /// <summary>
    /// Every value in turn made null, of another type, empty, negative, huge; lists with a value more and less; properties removed. If there are too
    /// many, evenly chosen ones.
    /// </summary>
    internal static IEnumerable<string> Of(string json, int most)
    {
        List<Action<JsonNode>> damages = [];
        Collect(JsonNode.Parse(json)!, root => root, damages);
        double step = Math.Max(1, damages.Count / (double)most);
        for (double at = 0; at < damages.Count; at += step)
        {
            JsonNode copy = JsonNode.Parse(json)!;
            damages[(int)at](copy);
            yield return copy.ToJsonString();
        }
    }

    private static void Collect(JsonNode node, Func<JsonNode, JsonNode> find, List<Action<JsonNode>> damages)
    {
        JsonValue?[] values =
        [
            null,
            JsonValue.Create(-1),
            JsonValue.Create(1e300),
            JsonValue.Create(int.MaxValue),
            JsonValue.Create(""),
            JsonValue.Create("NaN"),
            JsonValue.Create(true),
        ];
        if (node is JsonObject content)
        {
            foreach (var (name, value) in content.ToArray())
            {
                damages.Add(root => find(root).AsObject().Remove(name));
                damages.AddRange(values.Select(v => (Action<JsonNode>)(root => find(root)[name] = v?.DeepClone())));
                if (value is not null)
                    Collect(value, root => find(root)[name]!, damages);
            }
        }
        else if (node is JsonArray list && list.Count > 0)
        {
            damages.Add(root => find(root).AsArray().Add(null));
            damages.Add(root => find(root).AsArray().RemoveAt(0));
            damages.Add(root => find(root).AsArray().Add(find(root)[0]?.DeepClone()));
            // The first, the last and one in between represent all.
            foreach (int i in new[] { 0, list.Count / 2, list.Count - 1 }.Distinct())
            {
                damages.AddRange(values.Select(v => (Action<JsonNode>)(root => find(root)[i] = v?.DeepClone())));
                if (list[i] is { } value)
                    Collect(value, root => find(root)[i]!, damages);
            }
        }
    }
}
