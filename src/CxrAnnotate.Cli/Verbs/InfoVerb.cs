using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr info</c>: what is understood of files.</summary>
internal sealed class InfoVerb : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Images of any kind, or folders of them.", Arity = ArgumentArity.OneOrMore };

    private readonly Option<bool> _recursive = new("--recursive") { Description = "Look at what is in the folders below a folder, too." };

    internal InfoVerb() : base("info", "Say what is understood of image files: the format, how pixels are stored, and the stored values in figures. Nothing is trained or annotated.")
    {
        Add(_files);
        Add(_recursive);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Look at a DICOM file", "cxr info patient.dcm"),
        new("Check a folder, for another program", "cxr info --json images/ > images.json"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string[] files = [.. parsed.GetRequiredValue(_files).SelectMany(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", parsed.GetValue(_recursive) ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly).Order(StringComparer.Ordinal) : (IEnumerable<string>)[path])];
        var described = new RadiographDescription[files.Length];
        Parallel.For(0, files.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i => described[i] = RadiographDescription.Of(files[i]));
        if (session.WantsJson)
            session.WriteJson(described);
        else
            Print(described, session);
    }

    private static void Print(RadiographDescription[] described, Session session)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in (string[])["File", "Kind", "Modality", "Photometric", "Size", "Bits", "Values", "Mean"])
            table.AddColumn(column);
        foreach (RadiographDescription d in described.Where(d => d.Error is null))
        {
            table.AddRow(((string[])
            [
                d.File, d.Kind ?? "", string.Join(' ', ((string?[])[d.Modality, d.BodyPart, d.View]).Where(t => t is not null)), d.Photometric ?? "",
                $"{d.Columns} x {d.Rows}{(d.Frames > 1 ? $" x {d.Frames}" : "")}", d.BitsStored?.ToString(CultureInfo.InvariantCulture) ?? "",
                $"{d.Min} to {d.Max}", d.Mean?.ToString("F1", CultureInfo.InvariantCulture) ?? "",
            ]).Select(TerminalText.Markup).ToArray());
        }

        if (table.Rows.Count > 0)
            session.Console.Write(table);
        foreach (RadiographDescription d in described.Where(d => d.Error is not null))
            session.Console.Say($"[bold]{d.File}[/]: {d.Error}");
    }
}
