using System.Globalization;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>
/// Annotations for a person: a line for each file as soon as it is read, under one header. Files that cannot be read are warned of elsewhere.
/// </summary>
internal sealed class AnnotationTableWriter(IAnsiConsole console) : IResultWriter<AnnotatedFile>
{
    /// <summary>As wide as most annotations; a longer one moves its file to the right.</summary>
    private const int AnnotationWidth = 44;

    private bool _begun;

    public string? Place => null;

    public void Write(AnnotatedFile result)
    {
        if (result.Status != FileStatus.Read)
            return;
        if (!_begun)
            console.MarkupLine($"[bold]{"p",-4}  {"Annotation",-AnnotationWidth}  File[/]");
        _begun = true;
        // Cells wrap by the console's width, lines by the terminal's own: names can be copied from them.
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{result.AnnotationProbability:F2}  {TerminalText.Escape(result.Annotation ?? ""),-AnnotationWidth}  {TerminalText.Escape(result.File)}"
        );
        console.Profile.Out.Writer.WriteLine(text);
    }

    public void Complete() { }

    public void Dispose() { }
}
