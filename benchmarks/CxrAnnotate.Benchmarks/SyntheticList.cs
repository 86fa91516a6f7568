using System.Globalization;

namespace CxrAnnotate.Benchmarks;

/// <summary>
/// An annotation list of the format and size of the paper's (7,284 images, 71 % of the frequent patterns normal, the rest with a long tail), made up:
/// no data set is needed.
/// </summary>
internal static class SyntheticList
{
    internal const int Rows = 7284;

    private static readonly string[] _places =
    [
        "lung/upper lobe/right",
        "lung/upper lobe/left",
        "lung/base/right",
        "lung/base/left",
        "lung/hilum/right",
        "lung/lingula",
    ];
    private static readonly string[] _degrees = ["", "/mild", "/moderate", "/severe", "/scattered", "/multiple"];

    /// <summary>Writes the list and its top terms beside it.</summary>
    internal static void Write(string path, int rows = Rows)
    {
        var random = new Random(7);
        string[] headings = [.. Enumerable.Range(0, 140).Select(i => string.Create(CultureInfo.InvariantCulture, $"Finding {i:D3}"))];
        using StreamWriter full = new(path),
            top = new(path + ".top");
        for (int row = 0; row < rows; row++)
        {
            int study = row / 2;
            string image = string.Create(CultureInfo.InvariantCulture, $"/imgs/512/{study % 10}/{study}/{study}_IM-{row:D5}.png");
            string[] found =
            [
                .. Enumerable
                    .Range(0, 1 + (int)Math.Min(5, -Math.Log(1 - random.NextDouble()) * 1.5))
                    .Select(_ => headings[(int)(headings.Length * Math.Pow(random.NextDouble(), 3))])
                    .Distinct(StringComparer.Ordinal),
            ];
            bool normal = random.NextDouble() < 0.37;
            IEnumerable<string> terms = found.Select(heading =>
                $"{heading}/{_places[random.Next(_places.Length)]}{_degrees[random.Next(_degrees.Length)]}"
            );
            full.WriteLine(normal ? $"{image}|normal" : $"{image}|{string.Join('|', terms)}");
            top.WriteLine(normal ? $"{image}|normal" : $"{image}|{string.Join('|', found)}");
        }
    }
}
