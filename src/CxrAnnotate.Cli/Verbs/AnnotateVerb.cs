using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr annotate</c>: reads radiographs.</summary>
internal sealed class AnnotateVerb : Verb
{
    private static readonly string[] ImageExtensions = [".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif"];

    private readonly Option<DirectoryInfo> _run = new("--run") { HelpName = "DIR", Description = "The folder that 'cxr train' wrote.", Required = true };

    private readonly Argument<string[]> _files = new("FILE") { Description = "Radiographs (PNG, JPEG, TIFF, BMP, WebP or GIF; 8 or 16 bit, grey or colour, any size), or folders of them.", Arity = ArgumentArity.OneOrMore };

    private readonly Option<int?> _beam = new Option<int?>("--beam") { HelpName = "N", Description = "Hypotheses that the search for the most probable annotation carries along; 1 takes the best word at every step. [default: as the run was trained]" }.Within(1, 1000);

    private readonly ICascadeRuns _runs;

    internal AnnotateVerb(ICascadeRuns runs) : base("annotate", "Read radiographs: write the disease, where it is and how severe, in the MeSH grammar, with its probability.")
    {
        _runs = runs;
        Add(_files);
        Add(_run);
        Add(_beam);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Read one radiograph", "cxr annotate --run run patient.png"),
        new("Read a folder of them, for another program", "cxr annotate --run run --json images/ > annotations.json"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string[] files = [.. parsed.GetRequiredValue(_files).SelectMany(Expand)];
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
            throw new InvalidDataException(failed.Length == 1 ? $"'{failed[0].File}' could not be read: {failed[0].Error}"
                : $"None of the {failed.Length} files could be read; the first, '{failed[0].File}': {failed[0].Error}");
        }
        foreach (AnnotatedFile file in failed)
            session.Progress.Warn($"'{file.File}' could not be read: {file.Error}");
        if (failed.Length > 0)
            session.Progress.Warn($"{failed.Length} of {annotated.Count} files could not be read.");
    }

    private static void Print(IReadOnlyList<AnnotatedFile> annotated, Session session)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("File").AddColumn("Annotation").AddColumn(new TableColumn("p").RightAligned());
        foreach (AnnotatedFile file in annotated.Where(file => file.Error is null))
            table.AddRow(Markup.Escape(file.File), Markup.Escape(file.Annotation ?? ""), Markup.Escape(file.Probability?.ToString("F2", CultureInfo.InvariantCulture) ?? ""));
        if (table.Rows.Count > 0)
            session.Console.Write(table);
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        string[] images = [.. Directory.EnumerateFiles(path).Where(file => ImageExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        return images.Length > 0 ? images : throw new UsageException($"The folder '{path}' has no radiographs ({string.Join(", ", ImageExtensions)}).");
    }
}
