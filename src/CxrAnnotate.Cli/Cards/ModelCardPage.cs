using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>A card as a page: self-contained, without scripts, light or dark as the reader has it, and fit for print.</summary>
internal static class ModelCardPage
{
    internal static string Of(ModelCard card) =>
        new SectionsPage(
            "Model card",
            "A model of CxrAnnotate that reads chest radiographs. Sections are in the order of CLAIM (2024); each names the item, and the element of "
                + "the CHAI Applied Model Card. Every value names the file of the run and the place in it where it stands.",
            [.. card.Sections.Select(Section)]
        ).ToHtml();

    private static PageSection Section(CardSection section) =>
        new(section.Title, [$"CLAIM {section.Claim}{(section.Element is { } element ? $", {element}" : "")}.", section.Text])
        {
            Tables =
                section.Values.Count == 0
                    ? []
                    :
                    [
                        new PageTable(section.Title, [new("Value"), new("95 % interval"), new("Source")], [.. section.Values.Select(Row)])
                        {
                            Of = "Name",
                        },
                    ],
        };

    private static PageRow Row(CardValue value) =>
        new(
            value.Name,
            "",
            [
                new PageCell(Rounded(value.Value)),
                value is { Low: { } low, High: { } high } ? new PageCell($"{Rounded(low)} to {Rounded(high)}") : null,
                new PageCell("", $"{value.File}{value.Pointer}"),
            ]
        );

    /// <summary>Fractions with three decimals; whole numbers, small rates and texts as they are.</summary>
    private static string Rounded(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.Number
        && node.GetValue<double>() is var number
        && Math.Abs(number) >= 0.01
        && number != Math.Round(number)
            ? number.ToString("F3", CultureInfo.InvariantCulture)
            : ModelCardXml.Plain(node);
}
