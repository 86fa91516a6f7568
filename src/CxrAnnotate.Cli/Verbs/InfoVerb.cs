using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr info</c>: describes files. Results are written as they arrive, in the order of the files.</summary>
internal sealed class InfoVerb : Verb
{
    /// <summary>The number of files described together, which is also the number of rows of a table.</summary>
    private const int BatchSize = 32;

    private readonly Option<bool> _strict = ReadingOptions.StrictOption();

    private readonly InputOptions _input;

    internal InfoVerb()
        : base(
            "info",
            "Show image metadata and pixel statistics: the format, how pixels are stored, and statistics of the stored values. Nothing is trained or "
                + "annotated."
        )
    {
        Add(_strict);
        _input = new InputOptions(this, "Images of any kind, or folders of them");
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Look at a DICOM file", "cxr info patient.dcm"),
        new("Check a folder, for another program", "cxr info images/ > images.jsonl"),
        new("Find the DICOM files that do not keep to the standard", "cxr info --strict export/"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        ImageFiles files = _input.Of(parsed, all: true, session);
        Tally tally = new(session);
        try
        {
            JsonLinesWriter<JsonObject>? lines = session.WritesTables ? null : new("info", session.Output);
            Describe(files, parsed.GetValue(_strict), lines, tally, session, cancellation).GetAwaiter().GetResult();
        }
        catch
        {
            session.Kept = $"{Amount.Of(tally.Files, "file is", "files are")} described.";
            throw;
        }

        tally.Complete();
    }

    private static async Task Describe(
        ImageFiles files,
        bool strict,
        JsonLinesWriter<JsonObject>? lines,
        Tally tally,
        Session session,
        CancellationToken cancellation
    )
    {
        List<FoundFile> batch = new(BatchSize);
        await foreach (FoundFile found in files.EnumerateAsync(cancellation))
        {
            batch.Add(found);
            if (batch.Count == BatchSize)
                Write();
        }

        Write();

        void Write()
        {
            var described = new RadiographDescription[batch.Count];
            Parallel.For(
                0,
                batch.Count,
                new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                i =>
                    described[i] = batch[i].Problem is { } problem
                        ? new RadiographDescription { File = batch[i].Path, Error = problem }
                        : RadiographDescription.Of(batch[i].Path, strict)
            );
            foreach (RadiographDescription one in described)
            {
                FileError? error = one.Error is null ? null : FileError.Of(one.Error);
                if (lines is not null)
                {
                    var document = (JsonObject)CxrJson.Value(one)!;
                    document["error"] = CxrJson.Value(error);
                    lines.Write(document);
                }

                tally.Add(one.File, error?.Message);
                foreach (InputWarning warning in one.Warnings)
                    tally.Warn(one.File, warning.Kind.ToString(), warning.Message);
            }

            if (lines is null)
                Print(described, session);
            batch.Clear();
        }
    }

    private static void Print(RadiographDescription[] described, Session session)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in (string[])["File", "Kind", "Modality", "Photometric", "Size", "Bits", "Values", "Mean"])
            table.AddColumn(column);
        foreach (RadiographDescription d in described.Where(d => d.Error is null))
        {
            table.AddRow(
                (
                    (string[])
                        [
                            d.File,
                            d.Kind ?? "",
                            string.Join(' ', ((string?[])[d.Modality, d.BodyPart, d.View]).Where(t => t is not null)),
                            d.Photometric ?? "",
                            $"{d.Columns} x {d.Rows}{(d.Frames > 1 ? $" x {d.Frames}" : "")}",
                            d.BitsStored?.ToString(CultureInfo.InvariantCulture) ?? "",
                            $"{d.Min} to {d.Max}",
                            d.Mean?.ToString("F1", CultureInfo.InvariantCulture) ?? "",
                        ]
                )
                    .Select(TerminalText.Markup)
                    .ToArray()
            );
        }

        if (table.Rows.Count > 0)
            session.Console.Write(table);
    }
}
