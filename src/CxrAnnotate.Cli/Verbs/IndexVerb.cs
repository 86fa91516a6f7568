using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr index</c>: reads radiographs and keeps their context vectors, among which <c>cxr similar</c> searches.</summary>
internal sealed class IndexVerb : Verb
{
    private readonly Option<string> _model = SimilarVerb.ModelOption();

    private readonly Option<FileInfo> _out = new("--out")
    {
        HelpName = "FILE",
        Description =
            "The index to write, a safetensors file. It has the names of the files, the annotations that the model reads and their context vectors, "
            + "and no pixels.",
        Required = true,
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly Option<int> _threads = ComputeOptions.ThreadsOption();

    private readonly Option<bool> _anyModality = ReadingOptions.AnyModalityOption();

    private readonly InputOptions _input;

    private readonly ICascadeRuns _runs;

    internal IndexVerb(ICascadeRuns runs)
        : base("index", "Make an index of radiographs, among which 'cxr similar' finds those that are like another one.")
    {
        _runs = runs;
        Add(_model);
        Add(_out);
        Add(_force);
        Add(_threads);
        Add(_anyModality);
        _input = new InputOptions(this, "Radiographs, or folders of them");
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Index an archive", "cxr index --model run --recursive archive/ --out archive.safetensors"),
        new(
            "Find what it has that is like a new radiograph",
            "cxr similar --model run --index archive.safetensors patient.png"
        ),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        ImageFiles files = _input.Of(parsed, all: false, session);
        string model = parsed.GetRequiredValue(_model),
            path = parsed.GetRequiredValue(_out).ToString();
        OutputPath.ClaimFile(path, "--out", OutputKind.Tensors, parsed.GetValue(_force), model);
        using IFileAnnotator annotator = _runs.OpenAnnotator(
            new AnnotateSettings(model, BeamWidth: null, parsed.GetValue(_threads), parsed.GetValue(_anyModality)),
            session
        );
        Tally tally = new(session);
        List<IndexedCase> cases = [];
        List<float[]> vectors = [];
        using (ProgressStep step = session.Progress.Begin("Reading", 0, "images"))
            Read(step).GetAwaiter().GetResult();
        session.Progress.Finish();
        tally.Complete();
        SimilarityIndex index = SimilarityIndex.Create(cases, vectors, annotator.Model.Sha256);
        index.Save(path);
        if (session.WantsJson)
            session.WriteJson(new IndexReport(Path.GetFullPath(path), cases.Count, tally.Unreadable, index.Size, annotator.Model));
        else
            session.Progress.Note($"{Amount.Of(cases.Count, "radiograph is", "radiographs are")} in '{path}'.");

        async Task Read(ProgressStep step)
        {
            await foreach (var (found, _, item) in ReadFiles.Read(annotator, files, _ => 0, cancellation))
            {
                string? problem = item is null ? found.Problem : item.Reason;
                tally.Add(found.Path, problem is null ? null : FileError.Of(problem).Message);
                if (item?.Reading is { } reading)
                {
                    vectors.Add([.. reading.ContextVector ?? throw SimilarVerb.NoVector(annotator.Model)]);
                    cases.Add(new IndexedCase(found.Path, reading.Annotation));
                }

                step.Report(tally.Files);
            }
        }
    }
}

/// <summary>What <c>cxr index</c> wrote.</summary>
/// <param name="Path">The index.</param>
/// <param name="Images">The radiographs in it.</param>
/// <param name="UnreadableImages">Those that could not be read, and are not in it.</param>
/// <param name="VectorSize">The length of a context vector.</param>
/// <param name="Model">The model that read them.</param>
internal sealed record IndexReport(string Path, int Images, long UnreadableImages, int VectorSize, ModelIdentity Model);
