using System.Text.Json;

namespace CxrAnnotate;

/// <summary>
/// The cases of a page as data for its script: blocks of JSON, which the script parses when they are needed. Images and maps are base64.
/// </summary>
internal sealed class CaseData(TextWriter html, ReportPage page, PageCases cases, CaseComparison[] compared)
{
    /// <summary>Cases per block of images.</summary>
    private const int Block = 100;

    internal void Write()
    {
        Script(
            "cases",
            JsonSerializer.Serialize(
                new
                {
                    labels = cases.Labels.Select(ReportHtml.Plain),
                    columns = page.GroupColumns,
                    block = Block,
                    large = page.Cases.Any(one => one.Image is not null),
                    cases = page.Cases.Select((one, i) => Row(one, i)),
                }
            )
        );
        for (int from = 0; from < page.Cases.Count; from += Block)
        {
            ReportCase[] block = [.. page.Cases.Skip(from).Take(Block)];
            Images("thumbs", from, block, one => one.Thumbnail);
            Images("images", from, block, one => one.Image);
            if (block.Any(one => one.HeatMaps.Count > 0))
                Script($"maps-{from / Block}", JsonSerializer.Serialize(block.Select(one => one.HeatMaps.Select(Map))));
        }
    }

    /// <summary>The format of an encoded image, by its first bytes.</summary>
    internal static string MediaType(ReadOnlySpan<byte> content) =>
        content.StartsWith("RIFF"u8) ? "image/webp"
        : content is [0xFF, 0xD8, ..] ? "image/jpeg"
        : "image/png";

    private object[] Row(ReportCase one, int i) =>
        [
            one.Name,
            ReportHtml.Plain(one.Read),
            ReportHtml.Plain(one.Truth),
            (int)compared[i].Verdict,
            one.Probability is { } probability ? Thousandths(probability) : -1,
            cases.TrueLabels(i).ToArray(),
            cases.NamedLabels(i).ToArray(),
            Enumerable.Range(0, cases.Labels.Length).Select(k => Thousandths(cases.Score(i, k))).ToArray(),
            one.Groups,
            compared[i]
                .Parts.Where(part => part.Verdict != PartVerdict.Absent)
                .Select(part => new object[] { part.Part, part.Read, part.Truth, (int)part.Verdict })
                .ToArray(),
            one.HeatMaps.Count,
        ];

    private static int Thousandths(double value) => (int)Math.Round(1000 * value);

    private static object[] Map(HeatMap map) =>
        [
            ReportHtml.Plain(map.Subject),
            map.Rows,
            map.Columns,
            Convert.ToBase64String([.. map.Values.Select(value => (byte)Math.Round(255 * Math.Clamp(value, 0, 1)))]),
        ];

    /// <summary>Streamed: the images of a page need not be in memory together.</summary>
    private void Images(string kind, int from, ReportCase[] block, Func<ReportCase, Func<byte[]>?> image)
    {
        if (!Array.Exists(block, one => image(one) is not null))
            return;
        html.Write($"<script type=\"application/json\" id=\"data-{kind}-{from / Block}\">[");
        for (int k = 0; k < block.Length; k++)
        {
            if (k > 0)
                html.Write(',');
            html.Write(image(block[k]) is { } encode ? $"\"{Convert.ToBase64String(encode())}\"" : "null");
        }
        html.WriteLine("]</script>");
    }

    /// <summary>The serializer escapes what could end the element.</summary>
    private void Script(string id, string json) => html.WriteLine($"<script type=\"application/json\" id=\"data-{id}\">{json}</script>");
}
