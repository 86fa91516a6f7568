using System.Globalization;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>
/// Annotations for people: a line for each file as soon as it is read, under one header. Warnings of unreadable files are written elsewhere.
/// </summary>
internal sealed class AnnotationTableWriter(IAnsiConsole console) : IResultWriter<AnnotatedFile>
{
    /// <summary>The width of most annotations; a longer one moves its file name to the right.</summary>
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
        // The console wraps cells; the terminal itself wraps lines, so that names can be copied.
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{result.AnnotationProbability:F2}  {TerminalText.Escape(result.Annotation ?? ""),-AnnotationWidth}  {TerminalText.Escape(result.File)}"
        );
        console.Profile.Out.Writer.WriteLine(text);
    }

    public void Complete() { }

    public void Dispose() { }
}
