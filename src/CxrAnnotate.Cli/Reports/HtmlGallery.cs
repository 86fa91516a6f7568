using System.Globalization;
using System.Net;
using System.Text;

namespace CxrAnnotate.Cli;

/// <summary>
/// A self-contained page: figures at the top, below them every image with the annotation read from it beside the true one, each part marked right or
/// wrong.
/// It follows the reader's light or dark setting, fits a phone, and runs no script: images are filtered by style rules only.
/// </summary>
internal static class HtmlGallery
{
    private static readonly (string Id, string Name, Func<GalleryCase, bool> Shows)[] Filters =
    [
        ("all", "All", _ => true),
        ("abnormal", "Abnormal", c => !c.IsNormal),
        ("right", "Right", c => c.Verdict == CaseVerdict.Right),
        ("partly", "Finding right, context not", c => c.Verdict == CaseVerdict.Partly),
        ("wrong", "Wrong", c => c.Verdict == CaseVerdict.Wrong),
    ];

    /// <summary>Writes the page; an existing one is replaced only when the new one is complete.</summary>
    internal static void Write(string file, GalleryPage page)
    {
        string full = Path.GetFullPath(file),
            folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        DurableFile.Write(
            full,
            stream =>
            {
                using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
                Render(writer, page, folder);
            }
        );
    }

    internal static void Render(TextWriter html, GalleryPage page, string folder)
    {
        html.WriteLine("<!doctype html>");
        html.WriteLine("<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.WriteLine("<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'\">");
        html.WriteLine("<meta name=\"color-scheme\" content=\"light dark\">");
        html.WriteLine($"<title>{Text(page.Title)}</title>");
        html.WriteLine($"<style>\n{Style()}</style></head><body>");
        html.WriteLine($"<header><h1>{Text(page.Title)}</h1><p class=\"lead\">{Text(page.Lead)}</p>");
        foreach (string note in page.Notes)
            html.WriteLine($"<p class=\"note\">{Text(note)}</p>");
        html.WriteLine("</header><main>");
        foreach (ResultTable table in page.Tables)
            Render(html, table);
        if (page.Cases.Count > 0)
            RenderCases(html, page.Cases, folder);
        html.WriteLine("</main></body></html>");
    }

    private static void Render(TextWriter html, ResultTable table)
    {
        html.WriteLine(
            $"<section class=\"results\"><h2>{Text(table.Title)}</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Metric</th>"
        );
        foreach (ResultColumn column in table.Columns)
            html.Write($"<th scope=\"col\"{(column.IsBaseline ? " class=\"baseline\"" : "")}>{Text(column.Name)}</th>");
        html.WriteLine("</tr></thead><tbody>");
        foreach (ResultRow row in table.Rows)
        {
            int? best = row.Best(table.Columns);
            html.Write($"<tr><th scope=\"row\">{Text(row.Name)}<small>{Text(row.Meaning)}</small></th>");
            for (int i = 0; i < row.Figures.Count; i++)
                Render(html, row.Figures[i], row.Kind, table.Columns[i].IsBaseline, best == i);
            html.WriteLine("</tr>");
        }
        html.Write("</tbody></table></div>");
        if (table.HasIntervals)
            html.Write("<p class=\"caption\">Below the figures: 95 % intervals. Grey: trivial baselines.</p>");
        html.WriteLine("</section>");
    }

    private static void Render(TextWriter html, Figure? figure, FigureKind kind, bool baseline, bool best)
    {
        string style = string.Join(' ', ((string[])[baseline ? "baseline" : "", best ? "best" : ""]).Where(s => s.Length > 0));
        string bar =
            kind == FigureKind.Percent && figure is { Value: >= 0 and <= 1 } f
                ? string.Create(CultureInfo.InvariantCulture, $" style=\"--part:{100 * f.Value:F1}\"")
                : "";
        html.Write($"<td class=\"{style}\"{bar}>");
        if (figure is not null)
        {
            html.Write($"<span>{Text(figure.Text(kind))}</span>");
            if (figure.Interval(kind) is { Length: > 0 } interval)
                html.Write($"<small>{Text(interval)}</small>");
        }
        html.Write("</td>");
    }

    private static void RenderCases(TextWriter html, IReadOnlyList<GalleryCase> cases, string folder)
    {
        html.WriteLine(
            "<section class=\"gallery\"><h2>What was read from each image</h2><div class=\"filters\" role=\"radiogroup\" aria-label=\"Which images "
                + "are shown\">"
        );
        foreach (
            (string id, string name, Func<GalleryCase, bool> shows) in Filters.Select(f =>
                f.Id == "partly" && cases.Any(c => c.IsMultiLabel) ? f with { Name = "Partly right" } : f
            )
        )
        {
            html.WriteLine(
                $"<label class=\"{id}\"><input type=\"radio\" name=\"show\" id=\"show-{id}\"{(id == "all" ? " checked" : "")}>{Text(name)} "
                    + $"<b>{cases.Count(shows).ToString("N0", CultureInfo.InvariantCulture)}</b></label>"
            );
        }
        html.WriteLine("</div><div class=\"cases\">");
        foreach (GalleryCase one in cases)
            Render(html, one, folder);
        html.WriteLine("</div></section>");
    }

    private static void Render(TextWriter html, GalleryCase one, string folder)
    {
        string verdict = one.Verdict switch
        {
            CaseVerdict.Right => "right",
            CaseVerdict.Partly => "partly",
            _ => "wrong",
        };
        html.WriteLine($"<article class=\"case {verdict}{(one.IsNormal ? "" : " abnormal")}\">");
        html.WriteLine(
            $"<figure><img src=\"{Text(one.Image.Address(folder))}\" alt=\"Radiograph {Text(one.Name)}\" loading=\"lazy\" decoding=\"async\">"
                + $"<figcaption>{Text(one.Name)}</figcaption></figure>"
        );
        html.WriteLine("<div class=\"reading\">");
        html.WriteLine($"<p class=\"annotation read\"><span class=\"label\">Read</span>{Annotation(one.Predicted)}</p>");
        html.WriteLine($"<p class=\"annotation\"><span class=\"label\">True</span>{Annotation(one.True)}</p>");
        html.WriteLine($"<ul class=\"slots{(one.IsMultiLabel ? " findings" : "")}\">");
        foreach (SlotComparison slot in one.Slots.Where(slot => slot.Verdict != SlotVerdict.Absent))
            html.WriteLine(Slot(slot));
        html.WriteLine("</ul>");
        if (one.Probability is { } probability)
        {
            string percent = (100 * Math.Clamp(probability, 0, 1)).ToString("F0", CultureInfo.InvariantCulture);
            html.WriteLine($"<p class=\"probability\" style=\"--part:{percent}\"><span>probability</span><i></i><b>{percent} %</b></p>");
        }
        html.WriteLine("</div></article>");
    }

    private static string Slot(SlotComparison slot)
    {
        (string style, string mark, string said) = slot.Verdict switch
        {
            SlotVerdict.Right => ("right", "&#10003;", Text(slot.Predicted!)),
            SlotVerdict.Wrong => ("wrong", "&#10007;", $"<s>{Text(slot.Predicted!)}</s> {Text(slot.True!)}"),
            SlotVerdict.Missed => ("missed", "&#9675;", $"not read: {Text(slot.True!)}"),
            _ => ("extra", "+", $"<s>{Text(slot.Predicted!)}</s> not there"),
        };
        return $"<li class=\"{style}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span><span "
            + $"class=\"label\">{Text(slot.Slot)}</span><span>{said}</span></li>";
    }

    /// <summary>Terms below each other, with their qualifiers distinguished from the heading.</summary>
    private static string Annotation(string mesh)
    {
        StringBuilder terms = new();
        foreach (string term in mesh.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = term.Split('/');
            terms.Append($"<span class=\"term\"><b>{Text(parts[0])}</b>");
            foreach (string qualifier in parts.Skip(1))
                terms.Append($"<i>/</i><wbr>{Text(qualifier)}");
            terms.Append("</span>");
        }
        return terms.Length > 0 ? terms.ToString() : "<span class=\"term\">nothing</span>";
    }

    private static string Style()
    {
        using Stream stream = typeof(HtmlGallery).Assembly.GetManifestResourceStream("gallery.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
