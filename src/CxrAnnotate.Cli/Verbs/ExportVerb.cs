using System.CommandLine;
using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr export</c>: writes a trained run as one file for other programs.</summary>
internal sealed class ExportVerb : Verb
{
    private readonly Option<DirectoryInfo> _run = new("--run")
    {
        HelpName = "DIR",
        Description = "The folder that 'cxr train' wrote.",
        Required = true,
    };

    private readonly Option<FileInfo?> _onnx = new("--onnx")
    {
        HelpName = "FILE",
        Description = "Write an ONNX model, for RadiographAnnotator and any program that uses ONNX Runtime.",
    };

    private readonly Option<FileInfo?> _mlnet = new("--mlnet")
    {
        HelpName = "FILE.zip",
        Description = "Write an ML.NET model, for MLContext.Model.Load.",
    };

    private readonly Option<FileInfo?> _card = new("--card")
    {
        HelpName = "FILE",
        Description =
            "Write a model card: FILE.json with every number's source in the run, FILE.xml (CHAI Applied Model Card 0.2) and FILE.html. "
                + "Without FILE, "
            + "card.* in the run.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int?> _iteration = new("--iteration")
    {
        HelpName = "N",
        Description = "The iteration to export. [default: the one that the run annotates with]",
    };

    private readonly Option<bool> _keep = new("--keep-normalization")
    {
        Description = "Keep batch normalisation as separate nodes in the ONNX model.",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    internal ExportVerb()
        : base("export", "Write a trained run as a single ONNX or ML.NET model that reads radiographs without libtorch.")
    {
        foreach (Option option in (Option[])[_run, _onnx, _mlnet, _card, _iteration, _keep, _force])
            Add(option);
        Validators.Add(result =>
        {
            if (result.GetResult(_onnx) is null && result.GetResult(_mlnet) is null && result.GetResult(_card) is null)
                result.AddError("Name an output: --onnx FILE, --mlnet FILE.zip, --card, or several.");
            if (result.GetResult(_card) is not null && result.GetResult(_iteration) is { Implicit: false })
                result.AddError("A card is of the iteration that the run annotates with: leave out --iteration or --card.");
        });
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Write an ONNX model", "cxr export --run run --onnx cascade.onnx"),
        new("Write the first iteration as an ML.NET model", "cxr export --run run --mlnet model.zip --iteration 1"),
        new("Write a model card into the run", "cxr export --run run --card"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string run = parsed.GetRequiredValue(_run).ToString();
        if (parsed.GetValue(_onnx) is { } first)
            OutputPath.ClaimFile(first.ToString(), "--onnx", OutputKind.Onnx, parsed.GetValue(_force), run, parsed.GetValue(_mlnet)?.ToString());
        if (parsed.GetValue(_mlnet) is { } second)
            OutputPath.ClaimFile(second.ToString(), "--mlnet", OutputKind.Archive, parsed.GetValue(_force), run);
        var written = new List<WrittenFile>();
        bool model = (parsed.GetValue(_onnx) ?? parsed.GetValue(_mlnet)) is not null;
        if (parsed.GetResult(_card) is not null)
            written.AddRange(WriteCard(run, parsed.GetValue(_card)?.ToString(), parsed.GetValue(_force)));
        if (!model)
        {
            Tell(session, null, null, written);
            return;
        }

        MLContext context = session.CreateContext();
        using RecurrentCascadeTransformer trained = context.ChestXray().LoadCascade(run);
        int iteration = parsed.GetValue(_iteration) ?? trained.ChosenIteration;
        if (iteration < 1 || iteration > trained.Iterations.Count)
            throw new UsageException(ErrorCode.IterationNotFound.Message($"--iteration is {iteration}; the run has {trained.Iterations.Count}."));
        using RecurrentCascadeTransformer cascade = trained.AtIteration(iteration);
        if (parsed.GetValue(_onnx) is { } onnx)
        {
            cascade.SaveOnnx(onnx.ToString(), foldNormalization: !parsed.GetValue(_keep));
            written.Add(new WrittenFile("onnx", onnx.ToString(), new FileInfo(onnx.ToString()).Length));
        }

        cancellation.ThrowIfCancellationRequested();
        if (parsed.GetValue(_mlnet) is { } mlnet)
        {
            context.ChestXray().SaveModel(cascade, context.Data.LoadFromEnumerable<PathRow>([]).Schema, mlnet.ToString());
            written.Add(new WrittenFile("mlnet", mlnet.ToString(), new FileInfo(mlnet.ToString()).Length));
        }

        Tell(session, iteration, cascade.Labels, written);
    }

    private static IEnumerable<WrittenFile> WriteCard(string run, string? file, bool force)
    {
        ModelCard card = ModelCard.Of(run);
        (string Kind, OutputKind Output, string Text)[] forms =
        [
            ("card", OutputKind.Text, CxrJson.Text(card.ToJson()) + "\n"),
            ("cardXml", OutputKind.Text, ModelCardXml.Of(card)),
            ("cardPage", OutputKind.Page, ModelCardPage.Of(card)),
        ];
        string[] paths = [.. ((string[])["json", "xml", "html"]).Select(type => Path.ChangeExtension(file ?? Path.Combine(run, "card"), type))];
        if (file is not null)
            foreach (var (form, path) in forms.Zip(paths))
                OutputPath.ClaimFile(path, "--card", form.Output, force, run);
        foreach (var (form, path) in forms.Zip(paths))
        {
            if (file is null)
                SavedRun.WriteBeside(run, Path.GetFileName(path), form.Text);
            else
                DurableFile.WriteText(path, form.Text);
        }

        return forms.Zip(paths, (form, path) => new WrittenFile(form.Kind, path, new FileInfo(path).Length));
    }

    private static void Tell(Session session, int? iteration, IReadOnlyList<string>? labels, IReadOnlyList<WrittenFile> written)
    {
        if (session.WantsJson)
        {
            session.WriteJson(
                new
                {
                    iteration,
                    labels,
                    files = written,
                }
            );
            return;
        }

        foreach (WrittenFile file in written)
        {
            if (file.Kind.StartsWith("card", StringComparison.Ordinal))
                session.Console.Say($"The model card is in [bold]{file.Path}[/].");
            else
                session.Console.Say($"Iteration {iteration} is in [bold]{file.Path}[/] ({file.Bytes / 1e6:F1} MB).");
        }
    }

    private sealed record WrittenFile(string Kind, string Path, long Bytes);

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }
}
