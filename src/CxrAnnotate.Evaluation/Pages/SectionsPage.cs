namespace CxrAnnotate;

/// <summary>
/// A page of text, pictures and tables in the style of the evaluation report: one HTML file that loads nothing and runs no script, for screens of any
/// width, light or dark, and for print. It says that it is not for diagnosis.
/// </summary>
/// <param name="Title">The heading.</param>
/// <param name="Lead">A sentence below it.</param>
/// <param name="Sections">The sections.</param>
public sealed record SectionsPage(string Title, string Lead, IReadOnlyList<PageSection> Sections)
{
    /// <summary>Remarks above the sections.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Writes the page; an existing one is replaced only when the new one is complete.</summary>
    /// <param name="path">The file. Its folder is created.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void WriteHtml(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        DurableFile.WriteText(full, ToHtml());
    }

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        using StringWriter html = new() { NewLine = "\n" };
        PageHtml.Head(html, Title, script: null);
        html.WriteLine("<main id=\"top\"><section class=\"summary\" aria-labelledby=\"title\"><div class=\"head\">");
        html.WriteLine(
            $"<p class=\"warning\">{PageHtml.Disclaimer}</p><h1 id=\"title\">{PageHtml.Text(Title)}</h1>"
                + $"<p class=\"lead\">{PageHtml.Text(Lead)}</p></div><div class=\"notes\">"
        );
        foreach (string note in Notes)
            html.WriteLine($"<p class=\"note\">{PageHtml.Text(note)}</p>");
        html.WriteLine("</div></section>");
        for (int i = 0; i < Sections.Count; i++)
        {
            html.WriteLine(
                $"<section id=\"part-{i + 1}\" aria-labelledby=\"part-{i + 1}-title\"><h2 id=\"part-{i + 1}-title\">"
                    + $"{PageHtml.Text(Sections[i].Title)}</h2>"
            );
            PageHtml.Content(html, Sections[i]);
            html.WriteLine("</section>");
        }

        html.WriteLine($"<footer><p class=\"warning\">{PageHtml.Disclaimer}</p></footer></main></body></html>");
        return html.ToString();
    }
}
