using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate.Tests;

/// <summary>Named texts and numbers of a computation, compared with golden values in a file of the repository.</summary>
/// <remarks>
/// Texts, names and counts are compared exactly. Numbers may differ by a fraction of the largest of their group: another processor adds in another
/// order, and training amplifies such differences. <c>CXR_WRITE_GOLDEN=1</c> rewrites the files, so that changes are visible in review.
/// </remarks>
internal sealed class GoldenFigures
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The folder of the golden files.</summary>
    internal static string Folder { get; } = Path.Combine(TestData.RepositoryRoot, "tests", "CxrAnnotate.Tests", "Golden", "data");

    /// <summary>Whether to rewrite the files.</summary>
    internal static bool Rewrite { get; } = Environment.GetEnvironmentVariable("CXR_WRITE_GOLDEN") == "1";

    [JsonInclude]
    public SortedDictionary<string, string[]> Texts { get; private set; } = new(StringComparer.Ordinal);

    [JsonInclude]
    public SortedDictionary<string, double[]> Numbers { get; private set; } = new(StringComparer.Ordinal);

    internal void Add(string name, IEnumerable<string> texts) => Texts.Add(name, [.. texts]);

    internal void Add(string name, IEnumerable<double> numbers) =>
        Numbers.Add(name, [.. numbers.Select(n => double.Parse(n.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))]);

    internal void Add(string name, IEnumerable<float> numbers) => Add(name, numbers.Select(n => (double)n));

    /// <summary>Summarises many numbers by their count, sum, norm and a fixed random projection, which together reveal any change.</summary>
    internal void AddSummary(string name, ReadOnlySpan<float> numbers)
    {
        var random = new Random(numbers.Length);
        double sum = 0,
            square = 0,
            projection = 0;
        foreach (float number in numbers)
        {
            sum += number;
            square += (double)number * number;
            projection += number * (random.NextDouble() - 0.5);
        }

        Add(name + " count", [numbers.Length.ToString(CultureInfo.InvariantCulture)]);
        Add(name, new[] { sum / Math.Sqrt(numbers.Length), Math.Sqrt(square), projection });
    }

    /// <summary>Compares with a file, or writes it.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="tolerance">The maximum difference, as a fraction of the largest number of the group.</param>
    internal void Compare(string file, double tolerance)
    {
        string path = Path.Combine(Folder, file);
        if (Rewrite)
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(path, JsonSerializer.Serialize(this, _json) + "\n");
            return;
        }

        GoldenFigures golden = JsonSerializer.Deserialize<GoldenFigures>(File.ReadAllText(path), _json)!;
        Assert.Equal(golden.Texts.Keys, Texts.Keys);
        Assert.Equal(golden.Numbers.Keys, Numbers.Keys);
        Assert.All(golden.Texts, pair => Assert.Equal(pair.Value, Texts[pair.Key]));
        Assert.All(
            golden.Numbers,
            pair =>
            {
                double[] actual = Numbers[pair.Key];
                Assert.Equal(pair.Value.Length, actual.Length);
                Assert.Equal(pair.Value.Select(double.IsNaN), actual.Select(double.IsNaN));
                double largest = pair.Value.Where(double.IsFinite).Select(Math.Abs).Append(1e-3).Max();
                for (int i = 0; i < actual.Length; i++)
                {
                    if (double.IsFinite(pair.Value[i]))
                        Assert.True(
                            Math.Abs(actual[i] - pair.Value[i]) <= tolerance * largest,
                            $"{pair.Key}[{i}]: {actual[i]} for {pair.Value[i]} (largest {largest})"
                        );
                }
            }
        );
    }

    /// <summary>A short hash of all exact values: equal on one machine if all bits are.</summary>
    internal string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, _json)))[..16];
}
