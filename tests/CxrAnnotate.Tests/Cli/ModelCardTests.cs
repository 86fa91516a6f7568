using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Model cards of <c>cxr export --card</c>.</summary>
public sealed class ModelCardTests(SmallRun small) : IClassFixture<SmallRun>, IDisposable
{
    /// <summary>The file schema.xsd of the CHAI Applied Model Card, version 0.2 (https://mc.chai.org/v0.2/schema.xsd); it is not part of this
    /// repository.</summary>
    private const string SchemaVariable = "CXR_CHAI_SCHEMA";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_value_of_a_card_equals_what_its_pointer_names_and_texts_have_no_numbers()
    {
        JsonNode card = JsonNode.Parse(File.ReadAllText(await Card("json")))!;
        Assert.Empty(JsonSchemas.Faults("card", card));
        int values = 0,
            intervals = 0;
        foreach (JsonNode? section in card["sections"]!.AsArray())
        {
            Assert.DoesNotContain(
                section!["text"]!.GetValue<string>().Replace("95 %", "", StringComparison.Ordinal),
                character => char.IsAsciiDigit(character)
            );
            foreach (JsonNode? value in section["values"]!.AsArray())
            {
                JsonNode source = Find(
                    JsonNode.Parse(File.ReadAllText(Path.Combine(small.Run, value!["file"]!.GetValue<string>())))!,
                    value["pointer"]!.GetValue<string>()
                );
                values++;
                if (source is JsonObject figure)
                {
                    foreach (string part in (string[])["value", "low", "high"])
                        Assert.True(JsonNode.DeepEquals(figure[part], value[part]), $"{value["pointer"]} {part}");
                    intervals += figure["low"] is null ? 0 : 1;
                }
                else
                {
                    Assert.True(JsonNode.DeepEquals(source, value["value"]), $"{value["pointer"]}");
                }
            }
        }

        Assert.True(values > 60, $"{values} values");
        Assert.True(intervals > 10, $"{intervals} intervals");
        string all = card.ToJsonString();
        Assert.Contains("Not for diagnosis", all, StringComparison.Ordinal);
        Assert.DoesNotContain(small.Folder, all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sections_are_in_the_order_of_the_checklist_and_the_checksums_are_those_of_the_files()
    {
        JsonNode card = JsonNode.Parse(File.ReadAllText(await Card("json")))!;
        int[] items = [.. card["sections"]!.AsArray().Select(section => int.Parse(section!["claim"]!.GetValue<string>(), null))];
        Assert.Equal(items.Order(), items);
        JsonNode?[] files = [.. card["sections"]!.AsArray().Single(s => s!["title"]!.GetValue<string>() == "Files and "
            + "checksums")!["values"]!.AsArray()];
        Assert.Contains("cascade.onnx", files.Select(file => file!["name"]!.GetValue<string>()));
        Assert.All(files, file => Assert.Equal(FileHash.Of(Path.Combine(small.Run, file!["name"]!.GetValue<string>())),
            file["value"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_card_in_XML_has_the_elements_of_the_applied_model_card_in_their_order()
    {
        XElement card = XDocument.Load(await Card("xml")).Root!;
        XNamespace chai = "https://mc.chai.org/v0.2/schema.xsd";
        Assert.All(card.DescendantsAndSelf(), element => Assert.Equal(chai, element.Name.Namespace));
        Assert.Equal(
            [
                "BasicInfo",
                "ReleaseInfo",
                "ModelSummary",
                "UsesAndDirections",
                "Warnings",
                "TrustIngredients",
                "KeyMetrics",
                "Resources",
                "Bibliography",
            ],
            card.Elements().Select(element => element.Name.LocalName)
        );
        Assert.All(card.Descendants().Where(element => !element.HasElements), element => Assert.NotEqual("", element.Value));
        XElement[] results = [.. card.Descendants(chai + "MetricResult")];
        Assert.All(results, result => Assert.NotNull(JsonNode.Parse(result.Element(chai + "ValueJson")!.Value)!["kind"]));
        Assert.Contains(results, result => result.Element(chai + "Label")!.Value == "macroF1");
    }

    [Fact]
    public async Task The_card_in_XML_is_valid_against_the_published_schema()
    {
        string? path = Environment.GetEnvironmentVariable(SchemaVariable);
        Assert.SkipUnless(File.Exists(path), $"{SchemaVariable} names no schema.xsd of the CHAI Applied Model Card 0.2.");
        var schemas = new XmlSchemaSet { XmlResolver = null };
        // The schema allows a signature, which cards of this tool do not have.
        using StringReader signature = new(
            """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/09/xmldsig#">
              <xs:element name="Signature"/>
            </xs:schema>
            """
        );
        using XmlReader signatures = XmlReader.Create(signature);
        schemas.Add("http://www.w3.org/2000/09/xmldsig#", signatures);
        using XmlReader schema = XmlReader.Create(path!);
        schemas.Add("https://mc.chai.org/v0.2/schema.xsd", schema);
        List<string> faults = [];
        XDocument card = XDocument.Load(await Card("xml"));
        card.Validate(schemas, (_, fault) => faults.Add(fault.Message));
        Assert.Empty(faults);
        card.Root!.Elements().First().Remove();
        card.Validate(schemas, (_, fault) => faults.Add(fault.Message));
        Assert.NotEmpty(faults);
    }

    [Fact]
    public async Task A_card_is_written_into_the_run_which_stays_whole_and_again_without_being_asked()
    {
        for (int time = 0; time < 2; time++)
        {
            Tool written = await Tool.Run(new CascadeRuns(), "export", "--run", small.Run, "--card", "--json", "--quiet");
            Assert.True(written.Code == CommandLine.Success, written.Error);
            JsonSchemas.Validate("export", written.Output);
        }

        FolderManifest manifest = FolderManifest.ReadVerified(small.Run, FolderManifest.Cascade);
        Assert.Contains("card.html", manifest.Files.Keys);
        string page = File.ReadAllText(Path.Combine(small.Run, "card.html"));
        Assert.Contains("Not for diagnosis", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
    }

    private async Task<string> Card(string form)
    {
        string file = Path.Combine(_folder.Path, "model.json");
        Tool written = await Tool.Run(new CascadeRuns(), "export", "--run", small.Run, "--card", file, "--quiet", "--force");
        Assert.True(written.Code == CommandLine.Success, written.Error);
        return Path.ChangeExtension(file, form);
    }

    private static JsonNode Find(JsonNode node, string pointer)
    {
        foreach (string token in pointer[1..].Split('/').Select(t => t.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~",
            StringComparison.Ordinal)))
            node = (node is JsonArray list ? list[int.Parse(token, null)] : node[token])!;
        return node;
    }
}
