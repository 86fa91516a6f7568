using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr similar</c>: finds the radiographs of an index that are most similar to others.</summary>
internal sealed class SimilarVerb : Verb
{
    private readonly Option<string> _model = ModelOption();

    private readonly Option<FileInfo> _index = new("--index")
    {
        HelpName = "FILE",
        Description = "The index to search, which 'cxr index' wrote with the same model.",
        Required = true,
    };

    private readonly Option<int> _count = new Option<int>("--count")
    {
        HelpName = "N",
        Description = "How many radiographs are found for each. A file is not found for itself.",
        DefaultValueFactory = _ => 5,
    }.Within(1, 1000);

    private readonly Option<int> _threads = ComputeOptions.ThreadsOption();

    private readonly Option<bool> _anyModality = ReadingOptions.AnyModalityOption();

    private readonly InputOptions _input;

    private readonly ICascadeRuns _runs;

    internal SimilarVerb(ICascadeRuns runs)
        : base("similar", "Find radiographs that look alike and have similar annotations, by the cosine of their context vectors.")
    {
        _runs = runs;
        Add(_model);
        Add(_index);
        Add(_count);
        Add(_threads);
        Add(_anyModality);
        _input = new InputOptions(this, "Radiographs, or folders of them");
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new(
            "Index an archive, and find the five radiographs in it that are most similar to another one",
            "cxr index --model run --recursive archive/ --out archive.safetensors",
            "cxr similar --model run --index archive.safetensors patient.png"
        ),
        new("For another program", "cxr similar --model run --index archive.safetensors --count 20 new/ > similar.jsonl"),
    ];

    internal static Option<string> ModelOption() =>
        new("--model", "--run")
        {
            HelpName = "PATH",
            Description = "The model: a file that 'cxr export' wrote, or the folder of a run that 'cxr train' wrote.",
            Required = true,
        };

    /// <summary>The exception for a model that was saved before context vectors were kept.</summary>
    internal static InvalidDataException NoVector(ModelIdentity model) =>
        new(
            ErrorCode.NoContextVector.Message(
                $"'{model.Name}' was saved before context vectors were kept, by which radiographs are compared. Write it again from its run by "
                    + $"'cxr export'."
            )
        );

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        ImageFiles files = _input.Of(parsed, all: false, session);
        string path = parsed.GetRequiredValue(_index).ToString();
        SimilarityIndex index = SimilarityIndex.Load(path);
        using IFileAnnotator annotator = _runs.OpenAnnotator(
            new AnnotateSettings(parsed.GetRequiredValue(_model), BeamWidth: null, parsed.GetValue(_threads), parsed.GetValue(_anyModality)),
            session
        );
        if (index.ModelSha256 is { } made && made != annotator.Model.Sha256)
            throw new InvalidDataException(
                ErrorCode.IndexOfOtherModel.Message(
                    $"'{path}' was made with another model than '{annotator.Model.Name}', and vectors of different models cannot be compared. Make "
                        + "an index with this one by 'cxr index'."
                )
            );
        Tally tally = new(session);
        using JsonLinesWriter<SimilarFiles>? lines = session.WritesTables ? null : new("similar", session.Output);
        Search(parsed.GetValue(_count)).GetAwaiter().GetResult();
        tally.Complete();

        async Task Search(int count)
        {
            await foreach (var (found, _, item) in ReadFiles.Read(annotator, files, _ => 0, cancellation))
            {
                string? problem = item is null ? found.Problem : item.Reason;
                SimilarFiles result = new()
                {
                    Index = tally.Files,
                    File = found.Path,
                    Status = problem is null ? FileStatus.Read : FileStatus.Unreadable,
                    Annotation = item?.Reading?.Annotation,
                    Neighbours = item?.Reading is { } reading ? Of(reading, found.Path, count) : [],
                    Error = problem is null ? null : FileError.Of(problem),
                    Model = annotator.Model,
                };
                tally.Add(result.File, result.Error?.Message);
                if (lines is not null)
                    lines.Write(result);
                else
                    Print(result, session);
            }
        }

        IReadOnlyList<SimilarFile> Of(RadiographReading reading, string file, int count)
        {
            if (reading.ContextVector is null)
                throw NoVector(annotator.Model);
            string full = Path.GetFullPath(file);
            return
            [
                .. index
                    .Nearest(reading, count, other => Path.GetFullPath(other.Id) == full)
                    .Select(similar => new SimilarFile(similar.Case.Id, similar.Case.Annotation, similar.Similarity)),
            ];
        }
    }

    private static void Print(SimilarFiles result, Session session)
    {
        if (result.Status != FileStatus.Read)
            return;
        // The terminal itself wraps lines, so that names can be copied.
        session.Console.Profile.Out.Writer.WriteLine($"{TerminalText.Escape(result.File)}: {TerminalText.Escape(result.Annotation!)}");
        foreach (SimilarFile similar in result.Neighbours)
        {
            session.Console.Profile.Out.Writer.WriteLine(
                FormattableString.Invariant($"  {similar.Similarity,6:F3}  {TerminalText.Escape(similar.Annotation),-44}  ")
                    + TerminalText.Escape(similar.File)
            );
        }
    }
}

/// <summary>The result for one file: a record of the output of <c>cxr similar</c>.</summary>
internal sealed record SimilarFiles
{
    /// <summary>The index of the file among all that were named or found, from 0.</summary>
    public required long Index { get; init; }

    /// <summary>The file as it was given, or its path in a given folder.</summary>
    public required string File { get; init; }

    public required FileStatus Status { get; init; }

    /// <summary>The annotation in the MeSH grammar; null if the file could not be read.</summary>
    public string? Annotation { get; init; }

    /// <summary>The files of the index, the most similar first.</summary>
    public required IReadOnlyList<SimilarFile> Neighbours { get; init; }

    /// <summary>Why the file could not be read; null if it was read.</summary>
    public FileError? Error { get; init; }

    /// <summary>The model that read the file.</summary>
    public required ModelIdentity Model { get; init; }
}

/// <summary>A file of an index.</summary>
/// <param name="File">The file as it was given when the index was made.</param>
/// <param name="Annotation">Its annotation by the model.</param>
/// <param name="Similarity">The cosine of the context vectors, from -1 to 1.</param>
internal sealed record SimilarFile(string File, string Annotation, double Similarity);
