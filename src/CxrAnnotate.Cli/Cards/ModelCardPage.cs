using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>A card as a page: self-contained, without scripts, light or dark as the reader has it, and fit for print.</summary>
internal static class ModelCardPage
{
    private const string Style = """
        h2 small { font-weight: 400; color: var(--soft); margin-left: 8px; }
        section p { max-width: 80ch; margin: 0 0 10px; }
        main section { margin: 14px 0; }
        td { background: none; }
        th:last-child { text-align: left; }
        td.source { color: var(--soft); font-size: 0.78rem; text-align: left; white-space: normal; overflow-wrap: anywhere; }
        th:first-child { white-space: normal; }
        td.text { white-space: normal; overflow-wrap: anywhere; max-width: 44ch; }
        @media print {
          :root { --paper: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --missed: #000000; --missed-back: #eeeeee; }
          body { font-size: 10pt; }
          header, main { max-width: none; padding: 0; }
          section { break-inside: auto; margin: 12px 0; }
          tr { break-inside: avoid; }
          .scroll { overflow: visible; }
        }
        """;

    internal static string Of(ModelCard card)
    {
        StringBuilder html = new();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'\">");
        html.Append("<meta name=\"color-scheme\" content=\"light dark\"><title>Model card</title>\n<style>\n");
        html.Append(HtmlGallery.Style()).Append(Style).Append("\n</style></head><body>\n<header><h1>Model card</h1>");
        html.Append("<p class=\"lead\">A model of CxrAnnotate that reads chest radiographs. Sections are in the order of CLAIM (2024); their small ");
        html.Append("print names the item, and the element of the CHAI Applied Model Card. Every value names the file of the run and the place ");
        html.Append("in it where it stands.</p>");
        html.Append("<p class=\"note\">Not for diagnosis. For research only.</p></header><main>\n");
        foreach (CardSection section in card.Sections)
        {
            string place = section.Element is { } element ? $", {element}" : "";
            html.Append(CultureInfo.InvariantCulture,
                $"<section class=\"results\"><h2>{Text(section.Title)}<small>CLAIM {section.Claim}{Text(place)}</small></h2>");
            html.Append(CultureInfo.InvariantCulture, $"<p>{Text(section.Text)}</p>");
            if (section.Values.Count > 0)
            {
                html.Append("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Value</th><th scope=\"col\"></th>");
                html.Append("<th scope=\"col\">95 % interval</th>");
                html.Append("<th scope=\"col\">Source</th></tr></thead><tbody>\n");
                foreach (CardValue value in section.Values)
                {
                    bool number = value.Value.GetValueKind() == JsonValueKind.Number;
                    html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(value.Name)}</th>");
                    html.Append(CultureInfo.InvariantCulture, $"<td{(number ? "" : " class=\"text\"")}>{Text(Rounded(value.Value))}</td><td>");
                    if (value is { Low: { } low, High: { } high })
                        html.Append(CultureInfo.InvariantCulture, $"{Text(Rounded(low))} to {Text(Rounded(high))}");
                    html.Append(CultureInfo.InvariantCulture, $"</td><td class=\"source\">{Text(value.File)}{Text(value.Pointer)}</td></tr>\n");
                }

                html.Append("</tbody></table></div>");
            }

            html.Append("</section>\n");
        }

        return html.Append("</main></body></html>\n").ToString();
    }

    /// <summary>Fractions with three decimals; whole numbers, small rates and texts as they are.</summary>
    private static string Rounded(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.Number
        && node.GetValue<double>() is var number
        && Math.Abs(number) >= 0.01
        && number != Math.Round(number)
            ? number.ToString("F3", CultureInfo.InvariantCulture)
            : ModelCardXml.Plain(node);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
