using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr annotate</c>: reads radiographs.</summary>
internal sealed class AnnotateVerb : Verb
{
    private readonly Option<DirectoryInfo> _run = new("--run") { HelpName = "DIR", Description = "The folder that 'cxr train' wrote.", Required = true };

    private readonly Argument<string[]> _files = new("FILE") { Description = "Radiographs (DICOM, PNG, JPEG, TIFF, BMP, WebP or GIF; up to 16 bits, grey or colour, any size), or folders of them.", Arity = ArgumentArity.OneOrMore };

    private readonly Option<int?> _beam = new Option<int?>("--beam") { HelpName = "N", Description = "Hypotheses that the search for the most probable annotation carries along; 1 takes the best word at every step. [default: as the run was trained]" }.Within(1, 1000);

    private readonly Option<bool> _recursive = new("--recursive") { Description = "Read what is in the folders below a folder, too." };

    private readonly ICascadeRuns _runs;

    internal AnnotateVerb(ICascadeRuns runs) : base("annotate", "Read radiographs: write the disease, where it is and how severe, in the MeSH grammar, with its probability.")
    {
        _runs = runs;
        Add(_files);
        Add(_run);
        Add(_beam);
        Add(_recursive);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Read one radiograph", "cxr annotate --run run patient.png"),
        new("Read a DICOM export with all folders in it", "cxr annotate --run run --recursive export/"),
        new("Read a folder of them, for another program", "cxr annotate --run run --json images/ > annotations.json"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string[] files = [.. parsed.GetRequiredValue(_files).SelectMany(path => ImageFiles.Expand(path, parsed.GetValue(_recursive)))];
        IReadOnlyList<AnnotatedFile> annotated = _runs.Annotate(
            new AnnotateSettings(parsed.GetRequiredValue(_run).FullName, files, parsed.GetValue(_beam)), session, cancellation);
        session.Progress.Finish();
        if (session.WantsJson)
            session.WriteJson(annotated);
        else
            Print(annotated, session);
        AnnotatedFile[] failed = [.. annotated.Where(file => file.Error is not null)];
        if (failed.Length > 0 && failed.Length == annotated.Count)
        {
            throw new InvalidDataException(ErrorCode.NoImageReadable.Message(failed.Length == 1 ? $"'{failed[0].File}' could not be read: {failed[0].Error}"
                : $"None of the {failed.Length} files could be read; the first, '{failed[0].File}': {failed[0].Error}"));
        }
        foreach (AnnotatedFile file in failed)
            session.Progress.Warn($"'{file.File}' could not be read: {file.Error}");
        foreach (AnnotatedFile file in annotated)
        {
            foreach (InputWarning warning in file.Warnings)
                session.Progress.Warn($"'{file.File}': {warning.Message}");
        }
        if (failed.Length > 0)
            session.Progress.Warn($"{failed.Length} of {annotated.Count} files could not be read.");
    }

    private static void Print(IReadOnlyList<AnnotatedFile> annotated, Session session)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("File").AddColumn("Annotation").AddColumn(new TableColumn("p").RightAligned());
        foreach (AnnotatedFile file in annotated.Where(file => file.Error is null))
            table.AddRow(TerminalText.Markup(file.File), TerminalText.Markup(file.Annotation ?? ""), TerminalText.Markup(file.Probability?.ToString("F2", CultureInfo.InvariantCulture) ?? ""));
        if (table.Rows.Count > 0)
            session.Console.Write(table);
    }
}
