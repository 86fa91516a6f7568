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
        foreach (Option option in (Option[])[_run, _onnx, _mlnet, _iteration, _keep, _force])
            Add(option);
        Validators.Add(result =>
        {
            if (result.GetResult(_onnx) is null && result.GetResult(_mlnet) is null)
                result.AddError("Name an output: --onnx FILE, --mlnet FILE.zip, or both.");
        });
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Write an ONNX model", "cxr export --run run --onnx cascade.onnx"),
        new("Write the first iteration as an ML.NET model", "cxr export --run run --mlnet model.zip --iteration 1"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string run = parsed.GetRequiredValue(_run).ToString();
        if (parsed.GetValue(_onnx) is { } first)
            OutputPath.ClaimFile(first.ToString(), "--onnx", OutputKind.Onnx, parsed.GetValue(_force), run, parsed.GetValue(_mlnet)?.ToString());
        if (parsed.GetValue(_mlnet) is { } second)
            OutputPath.ClaimFile(second.ToString(), "--mlnet", OutputKind.Archive, parsed.GetValue(_force), run);
        MLContext context = session.CreateContext();
        using RecurrentCascadeTransformer trained = context.ChestXray().LoadCascade(run);
        int iteration = parsed.GetValue(_iteration) ?? trained.ChosenIteration;
        if (iteration < 1 || iteration > trained.Iterations.Count)
            throw new UsageException(ErrorCode.IterationNotFound.Message($"--iteration is {iteration}; the run has {trained.Iterations.Count}."));
        using RecurrentCascadeTransformer cascade = trained.AtIteration(iteration);
        var written = new List<WrittenFile>();
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

        if (session.WantsJson)
        {
            session.WriteJson(
                new
                {
                    iteration,
                    labels = cascade.Labels,
                    files = written,
                }
            );
            return;
        }

        foreach (WrittenFile file in written)
            session.Console.Say($"Iteration {iteration} is in [bold]{file.Path}[/] ({file.Bytes / 1e6:F1} MB).");
    }

    private sealed record WrittenFile(string Kind, string Path, long Bytes);

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }
}
