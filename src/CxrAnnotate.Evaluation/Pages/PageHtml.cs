using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// What all pages are made of. A page is one file that loads nothing: its content security policy allows its own style and script only.
/// </summary>
internal static class PageHtml
{
    internal const string Disclaimer = "Research software. Not for diagnosis.";

    private static readonly string _style = Resource("report.css");

    /// <summary>Writes what comes before the body's content.</summary>
    /// <param name="html">The page.</param>
    /// <param name="title">Its title.</param>
    /// <param name="script">The only script that it may run; null: none.</param>
    internal static void Head(TextWriter html, string title, string? script)
    {
        html.WriteLine("<!doctype html>");
        html.WriteLine("<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.WriteLine("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.WriteLine(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                + $"style-src '{Hash(_style)}'; script-src {(script is null ? "'none'" : $"'{Hash(script)}'")}; "
                + "base-uri 'none'; form-action 'none'\">"
        );
        html.WriteLine("<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">");
        html.WriteLine($"<title>{Text(title)}</title>");
        html.WriteLine($"<style>{_style}</style></head><body>");
    }

    /// <summary>Writes a section's text, pictures and tables.</summary>
    internal static void Content(TextWriter html, PageSection section)
    {
        foreach (string paragraph in section.Paragraphs)
            html.WriteLine($"<p class=\"says\">{Text(paragraph)}</p>");
        foreach (PagePicture picture in section.Pictures)
            html.WriteLine(
                $"<figure class=\"picture\">{Image(picture.Content.ToArray(), picture.Description)}"
                    + $"<figcaption>{Text(picture.Caption)}</figcaption></figure>"
            );
        foreach (PageTable table in section.Tables)
            Table(html, table);
    }

    internal static void Table(TextWriter html, PageTable table)
    {
        html.Write($"{Scroll(table.Title)}<table><caption>{Text(table.Title)}</caption><thead><tr><th scope=\"col\">{Text(table.Of)}</th>");
        foreach (PageColumn column in table.Columns)
            html.Write($"<th scope=\"col\"{(column.IsBaseline ? " class=\"baseline\"" : "")}>{Text(column.Name)}</th>");
        html.WriteLine("</tr></thead><tbody>");
        foreach (PageRow row in table.Rows)
        {
            html.Write($"<tr><th scope=\"row\">{Text(row.Name)}{(row.Meaning.Length > 0 ? $"<small>{Text(row.Meaning)}</small>" : "")}</th>");
            for (int k = 0; k < table.Columns.Count; k++)
            {
                PageCell? cell = row.Cells.ElementAtOrDefault(k);
                string style = table.Columns[k].IsBaseline ? "baseline" : cell?.IsBest == true ? "best" : "";
                html.Write(
                    $"<td{(style.Length > 0 ? $" class=\"{style}\"" : "")}>{Text(cell?.Text ?? "")}"
                        + $"{(cell?.Detail is { Length: > 0 } detail ? $"<small>{Text(detail)}</small>" : "")}</td>"
                );
            }
            html.WriteLine("</tr>");
        }
        html.WriteLine("</tbody></table></div>");
        if (table.Caption.Length > 0)
            html.WriteLine($"<p class=\"caption\">{Text(table.Caption)}</p>");
    }

    /// <summary>A table wider than its page is scrolled by itself, also by the keyboard.</summary>
    internal static string Scroll(string name) => $"<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{Text(name)}\">";

    internal static string Image(byte[] content, string description) =>
        $"<img src=\"{Source(content)}\" alt=\"{Text(description)}\">";

    /// <summary>An encoded image as a data URL.</summary>
    internal static string Source(byte[] content) => $"data:{CaseData.MediaType(content)};base64,{Convert.ToBase64String(content)}";

    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    internal static string Resource(string name)
    {
        using Stream stream = typeof(PageHtml).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return "\n" + reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Hash(string content) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
}
