using System.Globalization;
using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class MineVerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cxr");

    public void Dispose() => _folder.Delete(recursive: true);

    private string List(params IEnumerable<string> lines)
    {
        string path = Path.Combine(_folder.FullName, "list.mesh");
        File.WriteAllLines(path, lines);
        return path;
    }

    private static IEnumerable<string> Images(string terms, int count) =>
        Enumerable.Range(0, count).Select(i => $"/imgs/512/1/{terms.Length}{i.ToString(CultureInfo.InvariantCulture)}/a.png|{terms}");

    [Fact]
    public async Task The_json_document_has_the_counts_of_the_list()
    {
        Tool tool = await Tool.Run(
            "mine",
            List([.. Images("normal", 20), .. Images("Nodule/lung/left", 9), .. Images("Opacity|Scoliosis", 6), "no annotation"]),
            "--minimum-cases",
            "5",
            "--json"
        );
        Assert.Equal(CommandLine.Success, tool.Code);
        Assert.Contains("line 36", tool.Error, StringComparison.Ordinal);
        Assert.Contains("1 line was skipped; 35 are used", tool.Error, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(tool.Output);
        Assert.Equal(35, report.RootElement.GetProperty("images").GetInt32());
        Assert.Equal(
            ["normal 20", "nodule 9", "opacity+scoliosis 6"],
            report
                .RootElement.GetProperty("labels")
                .EnumerateArray()
                .Select(label => $"{label.GetProperty("label").GetString()} {label.GetProperty("images").GetInt32()}")
        );
    }

    [Fact]
    public async Task A_label_has_more_cases_than_the_minimum()
    {
        string list = List([.. Images("normal", 20), .. Images("Nodule", 9)]);
        Assert.Contains("nodule", (await Tool.Run("mine", list, "--minimum-cases", "8")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("nodule", (await Tool.Run("mine", list, "--minimum-cases", "9")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_a_usable_line_and_the_papers_protocol_without_top_terms_are_errors()
    {
        Tool empty = await Tool.Run("mine", List("image,annotation", "a.png,Nodule"));
        Assert.Equal((CommandLine.Failure, ""), (empty.Code, empty.Output));
        Assert.Contains("no usable line", empty.Error, StringComparison.Ordinal);

        Tool topless = await Tool.Run("mine", List(Images("Nodule", 3)), "--protocol", "paper");
        Assert.Equal(CommandLine.Failure, topless.Code);
        Assert.Contains(".top", topless.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tables_show_every_number_of_the_papers_counts_in_the_JSON_document()
    {
        string list = TestData.Require("openi/openi.mesh");
        string tables = (await Tool.Run("mine", list, "--protocol", "paper")).Output;
        using JsonDocument report = JsonDocument.Parse((await Tool.Run("mine", list, "--protocol", "paper", "--json")).Output);
        foreach (JsonElement number in Numbers(report.RootElement))
        {
            double value = number.GetDouble();
            string[] forms =
                value == Math.Floor(value)
                    ? [value.ToString("N0", CultureInfo.InvariantCulture), value.ToString("F2", CultureInfo.InvariantCulture)]
                    : [value.ToString("G12", CultureInfo.InvariantCulture), value.ToString("F2", CultureInfo.InvariantCulture)];
            Assert.True(forms.Any(form => tables.Contains(form, StringComparison.Ordinal)), $"{number} is not in the tables.");
        }
    }

    private static IEnumerable<JsonElement> Numbers(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Number => [element],
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Numbers(property.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Numbers),
            _ => [],
        };
}
