// A service that reads radiographs: dotnet run -- cascade.onnx --urls http://localhost:5080
//
//   curl -F file=@patient.png http://localhost:5080/readings     one upload, or several in one form: one reading each
//   curl http://localhost:5080/health
//
// All requests share one model. Uploads wait in one queue; whatever waits when the processor is free is computed as one batch.
// There is no authentication here: put the service behind whatever guards patients' images at your place.
using System.Threading.Channels;
using CxrAnnotate;

const long LargestUpload = 64 << 20;

if (args is not [var model, ..])
{
    Console.Error.WriteLine("Usage: AnnotationService MODEL [--urls URL]");
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args[1..]);
builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = LargestUpload);
builder.Services.AddSingleton(_ => RadiographAnnotator.Load(model));
builder.Services.AddSingleton<ReadingQueue>();
builder.Services.AddHostedService(services => services.GetRequiredService<ReadingQueue>());
builder.Services.AddProblemDetails();
WebApplication app = builder.Build();

// A model that cannot be opened ends the program now, with its reason, and not at the first request.
app.Services.GetRequiredService<RadiographAnnotator>();

app.MapGet("/health", (ReadingQueue queue, RadiographAnnotator annotator) => queue.Running
    ? Results.Ok(new Health("ready", queue.Waiting, annotator.Labels))
    : Results.Json(new Health("stopped", queue.Waiting, annotator.Labels), statusCode: StatusCodes.Status503ServiceUnavailable));

app.MapPost("/readings", async (IFormFileCollection files, ReadingQueue queue, CancellationToken cancellation) =>
{
    if (files.Count == 0)
        return Results.Problem("Send at least one image file in the form.", statusCode: StatusCodes.Status400BadRequest);
    AnnotatedRadiograph[] items = await Task.WhenAll(files.Select(file => queue.Read(file, cancellation)));
    // One image that cannot be read does not take the others with it; where none can be, the request was bad.
    return items.All(item => item.Reading is null)
        ? Results.Problem(string.Join(' ', items.Select(item => item.Error)), statusCode: StatusCodes.Status400BadRequest)
        : Results.Ok(items.Select(item => new FileReading(item.Path, item.Reading?.Annotation, item.Reading?.Probability, item.Reading?.Findings ?? [], item.Reading?.Warnings.Select(warning => warning.Message) ?? [], item.Error)));
}).DisableAntiforgery();

app.Run();
return 0;

/// <summary>Takes uploads from all requests and gives them to the annotator as they come.</summary>
internal sealed class ReadingQueue(RadiographAnnotator annotator) : BackgroundService
{
    // When it is full, further requests wait: memory stays bounded.
    private readonly Channel<Upload> _uploads = Channel.CreateBounded<Upload>(64);
    private readonly Queue<Upload> _taken = [];

    public bool Running { get; private set; }

    public int Waiting => _uploads.Reader.Count;

    public async Task<AnnotatedRadiograph> Read(IFormFile file, CancellationToken cancellation)
    {
        var content = new MemoryStream(capacity: (int)file.Length);
        await file.CopyToAsync(content, cancellation);
        content.Position = 0;
        var upload = new Upload(new RadiographContent(file.FileName, content), new(TaskCreationOptions.RunContinuationsAsynchronously));
        await _uploads.Writer.WriteAsync(upload, cancellation);
        return await upload.Done.Task.WaitAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Running = true;
        try
        {
            // Readings come in the order of the uploads.
            await foreach (AnnotatedRadiograph item in annotator.AnnotateAsync(Contents(stoppingToken), stoppingToken))
                _taken.Dequeue().Done.SetResult(item);
        }
        finally
        {
            Running = false;
            _uploads.Writer.TryComplete();
            while (_taken.TryDequeue(out Upload? upload) || _uploads.Reader.TryRead(out upload))
                upload.Done.TrySetCanceled(CancellationToken.None);
        }
    }

    private async IAsyncEnumerable<RadiographContent> Contents([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stoppingToken)
    {
        await foreach (Upload upload in _uploads.Reader.ReadAllAsync(stoppingToken))
        {
            _taken.Enqueue(upload);
            yield return upload.Content;
        }
    }

    private sealed record Upload(RadiographContent Content, TaskCompletionSource<AnnotatedRadiograph> Done);
}

internal sealed record Health(string Status, int Waiting, IReadOnlyList<string> Labels);

internal sealed record FileReading(string File, string? Annotation, double? Probability, IReadOnlyList<ReadFinding> Findings, IEnumerable<string> Warnings, string? Error);
