using System.Collections;
using System.Globalization;
using System.Reflection;

namespace CxrAnnotate;

/// <summary>
/// Identifies a training by names and values: trainings with equal fingerprints give the same weights, and the names say in what two trainings
/// differ.
/// </summary>
internal static class TrainingFingerprint
{
    /// <summary>Options that affect only place, speed and what is kept of the result; data are identified by their content.</summary>
    private static readonly string[] _without =
    [
        "Checkpoints",
        "Cancellation",
        "ValidationData",
        "Seed",
        "ImageFolder",
        "CacheFolder",
        "MaximumCacheBytes",
        "ScoringBatchSize",
        "ViewColumnName",
        "IterationChoice",
    ];

    /// <summary>Adds the values of an options object; those of nested options get dotted names.</summary>
    /// <param name="fingerprint">Where they are added.</param>
    /// <param name="options">An object of the library's options types.</param>
    /// <param name="path">The prefix of the names.</param>
    internal static void Add(IDictionary<string, string> fingerprint, object options, string path = "")
    {
        foreach (
            PropertyInfo property in options
                .GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .OrderBy(p => p.Name, StringComparer.Ordinal)
        )
        {
            string name = path + property.Name;
            if (_without.Contains(property.Name) || name == "Loading.BatchSize")
                continue;
            if (property.PropertyType.Name.StartsWith("IProgress", StringComparison.Ordinal))
                continue;
            object? value = property.GetValue(options);
            if (value?.GetType().Name.EndsWith("Options", StringComparison.Ordinal) == true)
                Add(fingerprint, value, name + ".");
            else
                fingerprint.Add(name, Text(value));
        }
    }

    private static string Text(object? value) =>
        value switch
        {
            null => "null",
            string text => text,
            IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Text))}]",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
}
