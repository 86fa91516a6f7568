using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr annotate</c>: reads radiographs. Results are written as they arrive, in the order of the files (docs/cli-annotate.md).</summary>
internal sealed class AnnotateVerb : Verb
{
    /// <summary>The format of its documents, without <c>cxr.</c>.</summary>
    internal const string Format = "annotate";

    private readonly Option<string> _model = new("--model", "--run")
    {
        HelpName = "PATH",
        Description = "The model: a file that 'cxr export' wrote (ONNX, or a model of ML.NET), or the folder of a run that 'cxr train' wrote.",
        Required = true,
    };

    private readonly Option<FileInfo?> _out = new("--out")
    {
        HelpName = "FILE",
        Description =
            "Write the results to a file: .csv, .jsonl or .parquet. [default: a table on a terminal, otherwise JSON Lines on standard "
            + "output]",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly Option<int?> _beam = new Option<int?>("--beam")
    {
        HelpName = "N",
        Description =
            "Beam width of the search for the most probable annotation; 1 is greedy. A width other than "
            + "the model's own needs a run and libtorch. [default: as the model was trained]",
    }.Within(1, 1000);

    private readonly Option<int> _threads = ComputeOptions.ThreadsOption();

    private readonly Option<DirectoryInfo?> _explain = new("--explain")
    {
        HelpName = "DIR",
        Description =
            "Show what parts of the image each finding and word was read from: write a picture of each to a folder, and the maps to JSON. One "
            + "reading costs as much as a hundred others.",
    };

    private readonly Option<bool> _anyModality = ReadingOptions.AnyModalityOption();

    private readonly Option<bool> _strict = ReadingOptions.StrictOption();

    private readonly Option<bool> _abstain = new("--abstain")
    {
        Description =
            "Divide the readings into three groups: confident, lookAgain (several findings are possible, or none is) and unlikeTraining (not an "
            + "image of the kind that the model was trained on)",
    };

    private readonly Option<double> _coverage = new Option<double>("--coverage")
    {
        HelpName = "P",
        Description = "With --abstain: the probability with which the findings that are held possible include the true one",
        DefaultValueFactory = _ => 0.9,
    }.Within(0.5, 0.99);

    private readonly InputOptions _input;

    private readonly ICascadeRuns _runs;

    internal AnnotateVerb(ICascadeRuns runs)
        : base("annotate", "Read radiographs: write the disease, where it is and how severe, in the MeSH grammar, with its probability.")
    {
        _runs = runs;
        Add(_model);
        Add(_out);
        Add(_force);
        Add(_beam);
        Add(_threads);
        Add(_explain);
        Add(_anyModality);
        Add(_strict);
        Add(_abstain);
        Add(_coverage);
        _input = new InputOptions(
            this,
            "Radiographs (DICOM, PNG, JPEG, TIFF, BMP, WebP or GIF; up to 16 bits, grey or colour, any size), or folders of them"
        );
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Read one radiograph", "cxr annotate --model cascade.onnx patient.png"),
        new("Read a DICOM export with all folders in it, and keep the results", "cxr annotate --model run --recursive export/ --out annotations.csv"),
        new("Read a folder of them, for another program", "cxr annotate --model run images/ > annotations.jsonl"),
        new("See where it looked", "cxr annotate --model run --explain maps patient.png"),
        new("Read the files that another program lists", "find images -name '*.png' -print0 | cxr annotate --model model.zip --null -"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        ImageFiles files = _input.Of(parsed, all: false, session);
        string model = parsed.GetRequiredValue(_model);
        string? path = parsed.GetValue(_out)?.ToString();
        Func<IResultWriter<AnnotatedFile>> create = WriterOf(path, session);
        if (path is not null)
            Claim(path, parsed.GetValue(_force), model);
        string? maps = parsed.GetValue(_explain)?.ToString();
        if (maps is not null)
            OutputPath.ClaimFolder(maps, "--explain", OverlayFolder.IsOwn, "pictures of an earlier call", parsed.GetValue(_force), model).Clear();
        using IFileAnnotator annotator = _runs.OpenAnnotator(
            new AnnotateSettings(
                model,
                parsed.GetValue(_beam),
                parsed.GetValue(_threads),
                parsed.GetValue(_anyModality),
                maps is null ? null : new ExplanationOptions(),
                parsed.GetValue(_strict),
                parsed.GetValue(_coverage)
            ),
            session
        );
        OverlayFolder? overlays = maps is null ? null : new(maps, annotator.Overlay, message => session.Progress.Warn(ToolWording.Of(message)));
        Tally tally = new(session);
        Dictionary<ReadingVerdict, long>? groups = parsed.GetValue(_abstain) ? [] : null;
        using IResultWriter<AnnotatedFile> writer = create();
        try
        {
            // On a terminal, the result lines show the progress.
            using (ProgressStep? step = writer is AnnotationTableWriter ? null : session.Progress.Begin("Reading", 0, "images"))
                Annotate(annotator, files, overlays, writer, tally, groups, step, cancellation).GetAwaiter().GetResult();
            if (tally.Files > 0)
                writer.Complete();
        }
        catch
        {
            session.Kept =
                $"{(tally.Files == 1 ? "1 result is" : $"{tally.Files:N0} results are")} "
                + $"{(writer.Place is { } place ? $"kept in '{place}'" : "written")}.";
            throw;
        }

        session.Progress.Finish();
        if (groups is not null)
            session.Progress.Note(GroupsOf(groups));
        tally.Complete();
        if (writer.Place is { } written)
            session.Progress.Note($"{(tally.Files == 1 ? "1 result is" : $"{tally.Files:N0} results are")} in '{written}'.");
        if (maps is not null && Directory.Exists(maps))
            session.Progress.Note($"The heat maps are in '{maps}'.");
    }

    private static async Task Annotate(
        IFileAnnotator annotator,
        ImageFiles files,
        OverlayFolder? overlays,
        IResultWriter<AnnotatedFile> writer,
        Tally tally,
        Dictionary<ReadingVerdict, long>? groups,
        ProgressStep? step,
        CancellationToken cancellation
    )
    {
        // Hashed while the model computes.
        await foreach (var (found, sha256, item) in ReadFiles.Read(annotator, files, Hash, cancellation))
            await Write(found, sha256, item);

        static Task<string?> Hash(FoundFile found) =>
            found is { Problem: null, Kind: FileKind.File }
                ? Task.Run(() => Sha256.TryOfFile(found.Path), CancellationToken.None)
                : Task.FromResult<string?>(null);

        async Task Write(FoundFile found, Task<string?> sha256, AnnotatedRadiograph? item)
        {
            string? problem = item is null ? found.Problem : item.Reason;
            AnnotatedFile result = new()
            {
                Index = tally.Files,
                File = found.Path,
                Status = problem is null ? FileStatus.Read : FileStatus.Unreadable,
                Annotation = item?.Reading?.Annotation,
                AnnotationProbability = item?.Reading?.Probability,
                Label = item?.Reading is { } reading
                    ? reading.DetectedFindings.Count > 0
                        ? string.Join('|', reading.DetectedFindings)
                        : reading.Label
                    : null,
                LabelProbability = item?.Reading?.LabelProbability,
                HeatMaps = item?.Reading is { } explained ? overlays?.Write(tally.Files, found.Path, explained.HeatMaps) : null,
                Warnings = [.. (item?.Reading?.Warnings ?? []).Select(warning => warning with { Message = ToolWording.Of(warning.Message) })],
                Group = groups is null ? null : item?.Reading?.Verdict,
                Error = problem is null ? null : FileError.Of(problem),
                Sha256 = await sha256,
                Model = annotator.Model,
            };
            writer.Write(result);
            if (groups is not null && result.Group is { } group)
                groups[group] = groups.GetValueOrDefault(group) + 1;
            tally.Add(result.File, result.Error?.Message);
            foreach (InputWarning warning in result.Warnings)
                tally.Warn(result.File, warning.Kind.ToString(), warning.Message);
            step?.Report(tally.Files);
        }
    }

    private static string GroupsOf(Dictionary<ReadingVerdict, long> groups) =>
        groups.Count == 0
            ? "The model does not say how far its readings can be relied on: it was trained without validation images, or by an earlier version."
            : string.Join(
                ", ",
                Enum.GetValues<ReadingVerdict>().Select(group => $"{CxrJson.Value(group)}: {groups.GetValueOrDefault(group):N0}")
            ) + ".";

    private static void Claim(string path, bool force, string model)
    {
        OutputKind kind = Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase) ? OutputKind.Parquet : OutputKind.Text;
        OutputPath.ClaimFile(path, "--out", kind, force, model);
        string journal = ParquetAnnotationWriter.Journal(path);
        if (kind == OutputKind.Parquet && File.Exists(journal) && !force)
            throw new UsageException(
                ErrorCode.OutputExists.Message(
                    $"'{journal}' has the results of an interrupted call for '{path}'. Move it away, or add --force to replace it."
                )
            );
    }

    private static Func<IResultWriter<AnnotatedFile>> WriterOf(string? path, Session session) =>
        (path is null ? null : Path.GetExtension(path).ToUpperInvariant()) switch
        {
            null when session.WritesTables => () => new AnnotationTableWriter(session.Console),
            null => () => new JsonLinesWriter<AnnotatedFile>(Format, session.Output),
            _ when session.WantsJson => throw new UsageException(
                ErrorCode.OptionConflict.Message(
                    "--json writes to standard output, --out to a file: give one of them. --out FILE.jsonl writes the same JSON."
                )
            ),
            ".CSV" => () => new CsvAnnotationWriter(path!),
            ".JSONL" => () => new JsonLinesWriter<AnnotatedFile>(Format, path!),
            ".PARQUET" => () => new ParquetAnnotationWriter(path!),
            _ => throw new UsageException(
                ErrorCode.CommandLine.Message($"--out '{path}' has none of the extensions .csv, .jsonl and .parquet, which select the format.")
            ),
        };
}
