// A service that reads radiographs: dotnet run -- cascade.onnx --urls http://localhost:5080
//
//   curl -F file=@patient.png http://localhost:5080/readings     one upload, or several in one form: one reading each
//   curl http://localhost:5080/health
//
// All requests share one model. Uploads wait in one queue; whatever waits when the processor is free is computed as one batch. There is no
// authentication here: README.md beside this file says how to add it, and how much memory the service needs.
using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using CxrAnnotate;
using Microsoft.AspNetCore.Http.Features;

if (args is not [var model, ..])
{
    Console.Error.WriteLine(
        "Usage: AnnotationService MODEL [--urls URL] [--Limits:Requests N] [--Limits:Waiting N] [--Limits:Files N] [--Limits:Bytes N]"
    );
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args[1..]);
Limits limits = builder.Configuration.GetSection("Limits").Get<Limits>() ?? new();

// A model that cannot be opened ends the program now, with the reason, and not at the first request.
RadiographAnnotator annotator;
try
{
    annotator = RadiographAnnotator.Load(model);
}
catch (Exception e) when (e is IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = limits.Bytes);

// Uploads stay in memory: what is written to a disk can be found there afterwards.
builder.Services.Configure<FormOptions>(form =>
    (form.MultipartBodyLengthLimit, form.MemoryBufferThreshold) = (limits.Bytes, (int)Math.Min(limits.Bytes, int.MaxValue))
);

// A limited number of requests have their uploads in memory, and a limited number wait before theirs are read; others are asked to retry.
builder.Services.AddRateLimiter(limiter =>
{
    limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
    limiter.OnRejected = (rejected, _) =>
    {
        rejected.HttpContext.Response.Headers.RetryAfter = "1";
        return ValueTask.CompletedTask;
    };
    limiter.AddPolicy(
        "readings",
        _ =>
            System.Threading.RateLimiting.RateLimitPartition.GetConcurrencyLimiter(
                "all",
                _ => new() { PermitLimit = limits.Requests, QueueLimit = limits.Waiting }
            )
    );
});
builder.Services.AddSingleton(annotator);
builder.Services.AddSingleton<ReadingQueue>();
builder.Services.AddHostedService(services => services.GetRequiredService<ReadingQueue>());
builder.Services.AddProblemDetails();
WebApplication app = builder.Build();
app.UseRateLimiter();

app.MapGet(
    "/health",
    (ReadingQueue queue) =>
        queue.Running
            ? Results.Ok(new Health("ready", queue.Waiting, annotator.Labels))
            : Results.Json(new Health("stopped", queue.Waiting, annotator.Labels), statusCode: StatusCodes.Status503ServiceUnavailable)
);

app.MapPost(
        "/readings",
        async (IFormFileCollection files, ReadingQueue queue, CancellationToken cancellation) =>
        {
            if (files.Count == 0)
                return Results.Problem("Send at least one image file in the form.", statusCode: StatusCodes.Status400BadRequest);
            if (files.Count > limits.Files)
                return Results.Problem(
                    string.Create(CultureInfo.InvariantCulture, $"Send at most {limits.Files} files at a time."),
                    statusCode: StatusCodes.Status413PayloadTooLarge
                );
            AnnotatedRadiograph[] items;
            try
            {
                items = await Task.WhenAll(files.Select(file => queue.Read(file, cancellation)));
            }
            catch (Exception e)
                when (e is ChannelClosedException or OutOfMemoryException
                    || (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                )
            {
                return Results.Problem(
                    "The service is stopping, or has no memory left. Send the files again.",
                    statusCode: StatusCodes.Status503ServiceUnavailable
                );
            }

            // One unreadable image does not affect the others; if none is readable, the request was bad.
            return items.All(item => item.Reading is null)
                ? Results.Problem(string.Join(' ', items.Select(item => item.Error)), statusCode: StatusCodes.Status400BadRequest)
                : Results.Ok(
                    items.Select(item => new FileReading(
                        item.Path,
                        item.Reading?.Annotation,
                        item.Reading?.Probability,
                        item.Reading?.Findings ?? [],
                        item.Reading?.Warnings.Select(warning => warning.Message) ?? [],
                        item.Error
                    ))
                );
        }
    )
    .DisableAntiforgery()
    .RequireRateLimiting("readings");

// The host ends by itself when its worker has died; whether it throws then depends on its version. The exit code shows it in any case.
var worker = app.Services.GetRequiredService<ReadingQueue>();
try
{
    app.Run();
}
catch (Exception) when (worker.Failed)
{
    // The host has logged it.
}

return worker.Failed ? 1 : 0;

/// <summary>The limits of the service; each can be set on the command line or in the environment (Limits__Bytes).</summary>
internal sealed record Limits
{
    /// <summary>Requests whose uploads are in memory at a time.</summary>
    public int Requests { get; init; } = 8;

    /// <summary>Requests that wait for their turn; further ones get 429.</summary>
    public int Waiting { get; init; } = 64;

    /// <summary>Files of one request; more get 413.</summary>
    public int Files { get; init; } = 32;

    /// <summary>Bytes of one request; more get 413.</summary>
    public long Bytes { get; init; } = 64 << 20;
}

/// <summary>Takes uploads from all requests and passes them to the annotator as they come.</summary>
internal sealed class ReadingQueue(RadiographAnnotator annotator) : BackgroundService
{
    // As many as the requests may have: memory is bounded by the limits, and the queue only keeps the order.
    private readonly Channel<Upload> _uploads = Channel.CreateUnbounded<Upload>();

    // The annotator asks for the next upload while its readings of earlier ones are returned: two threads at a time.
    private readonly ConcurrentQueue<Upload> _taken = [];

    public bool Running { get; private set; }

    /// <summary>Whether the worker failed: the program must then exit with an error.</summary>
    public bool Failed { get; private set; }

    public int Waiting => _uploads.Reader.Count;

    public async Task<AnnotatedRadiograph> Read(IFormFile file, CancellationToken cancellation)
    {
        await using Stream content = file.OpenReadStream();
        var upload = new Upload(new RadiographContent(file.FileName, content), new(TaskCreationOptions.RunContinuationsAsynchronously));
        await _uploads.Writer.WriteAsync(upload, cancellation);
        // A client that disconnects closes its stream: the annotator reports it as unreadable and continues with the others.
        return await upload.Done.Task.WaitAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Running = true;
        try
        {
            // Readings come in the order of the uploads.
            await foreach (AnnotatedRadiograph item in annotator.AnnotateAsync(Contents(stoppingToken), stoppingToken))
            {
                if (_taken.TryDequeue(out Upload? upload))
                    upload.Done.SetResult(item);
            }
        }
        catch (Exception) when (!stoppingToken.IsCancellationRequested)
        {
            Failed = true;
            throw;
        }
        finally
        {
            Running = false;
            _uploads.Writer.TryComplete();
            while (_taken.TryDequeue(out Upload? upload) || _uploads.Reader.TryRead(out upload))
                upload.Done.TrySetCanceled(CancellationToken.None);
        }
    }

    private async IAsyncEnumerable<RadiographContent> Contents(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stoppingToken
    )
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

internal sealed record FileReading(
    string File,
    string? Annotation,
    double? Probability,
    IReadOnlyList<ReadFinding> Findings,
    IEnumerable<string> Warnings,
    string? Error
);
