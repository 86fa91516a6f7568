using System.Net;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>The sample service under adverse conditions, as a process.</summary>
public sealed partial class ServiceTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    [Fact]
    public async Task Uploads_that_are_too_large_or_too_many_are_refused()
    {
        using Sample service = Sample.Start(
            "AnnotationService",
            trained.Onnx,
            "--urls",
            "http://127.0.0.1:0",
            "--Limits:Bytes",
            "100000",
            "--Limits:Files",
            "3"
        );
        using HttpClient client = await Client(service);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Post(client, new byte[200_000]));
        byte[] image = await File.ReadAllBytesAsync(trained.Images[0], TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Post(client, image, image, image, image));
        Assert.Equal(HttpStatusCode.OK, await Post(client, image, image, image));
    }

    [Fact]
    public async Task Requests_beyond_the_memory_limit_are_asked_to_retry()
    {
        using Sample service = Sample.Start(
            "AnnotationService",
            trained.Onnx,
            "--urls",
            "http://127.0.0.1:0",
            "--Limits:Requests",
            "1",
            "--Limits:Waiting",
            "0"
        );
        using HttpClient client = await Client(service);
        byte[] image = await File.ReadAllBytesAsync(trained.Images[0], TestContext.Current.CancellationToken);
        var held = new HeldContent();
        // The server asks for a body when it begins to read it: from then on the request has the one place there is.
        using var message = new HttpRequestMessage(HttpMethod.Post, "/readings") { Content = held, Headers = { ExpectContinue = true } };
        Task<HttpResponseMessage> slow = client.SendAsync(message, TestContext.Current.CancellationToken);
        await held.Begun.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.TooManyRequests, await Post(client, image));
        held.Goes.SetResult();
        (await slow).Dispose();
        HttpStatusCode status;
        while ((status = await Post(client, image)) == HttpStatusCode.TooManyRequests)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Each_of_many_clients_gets_its_own_readings()
    {
        using Sample service = Sample.Start("AnnotationService", trained.Onnx, "--urls", "http://127.0.0.1:0");
        using HttpClient client = await Client(service);
        byte[] image = await File.ReadAllBytesAsync(trained.Images[0], TestContext.Current.CancellationToken);
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async number =>
                {
                    for (int time = 0; time < 20; time++)
                    {
                        string name = $"client-{number}-{time}";
                        using var form = new MultipartFormDataContent { { new ByteArrayContent(image), "file", name } };
                        using HttpResponseMessage answer = await client.PostAsync("/readings", form, TestContext.Current.CancellationToken);
                        string readings = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                        Assert.Contains($"\"file\":\"{name}\"", readings, StringComparison.Ordinal);
                    }
                })
        );
        Assert.False(service.HasEnded);
    }

    [Fact]
    public async Task No_file_ends_it_under_a_memory_limit()
    {
        using Sample service = Sample.Start(
            "AnnotationService",
            [("DOTNET_GCHeapHardLimit", "0x8000000")],
            trained.Onnx,
            "--urls",
            "http://127.0.0.1:0"
        );
        using HttpClient client = await Client(service);
        byte[] image = await File.ReadAllBytesAsync(trained.Images[0], TestContext.Current.CancellationToken);
        foreach ((_, _, Func<byte[]> content) in HostilePictures.Refused)
            Assert.Equal(HttpStatusCode.BadRequest, await Post(client, content()));
        // Read, or rejected for lack of memory; but answered.
        foreach ((_, Func<byte[]> content) in HostilePictures.Readable)
            Assert.Contains(await Post(client, content()), (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadRequest]);
        Assert.Equal(HttpStatusCode.OK, await Post(client, image));
        Assert.False(service.HasEnded);
    }

    [Fact]
    public async Task It_ends_with_an_error_when_the_model_fails()
    {
        using var folder = new ScratchFolder();
        string failing = folder.Write("failing.onnx", Failing(await File.ReadAllBytesAsync(trained.Onnx, TestContext.Current.CancellationToken)));
        using Sample service = Sample.Start("AnnotationService", failing, "--urls", "http://127.0.0.1:0");
        using HttpClient client = await Client(service);
        Assert.Equal(
            HttpStatusCode.ServiceUnavailable,
            await Post(client, await File.ReadAllBytesAsync(trained.Images[0], TestContext.Current.CancellationToken))
        );
        Assert.Equal(1, await service.ExitCode());
    }

    /// <summary>A valid model whose graph looks up missing words: it opens, and fails when it is run.</summary>
    private static byte[] Failing(byte[] model)
    {
        byte[] graph = model[..model.AsSpan().LastIndexOf("cxrannotate.sha256"u8)][..^4];
        Assert.Equal(model, OnnxChecksum.Append(graph));
        // The name stands at its uses, too; the tensor is where raw data (field 9) follow: their length, then numbers of eight bytes.
        int at = 0;
        do
        {
            int found = graph.AsSpan(at).IndexOf("start_words"u8);
            Assert.True(found >= 0);
            at += found + "start_words".Length;
            while (char.IsAsciiDigit((char)graph[at]) || graph[at] == (byte)'_')
                at++;
        } while (graph[at] != 0x4A);
        for (int number = at + 2; number < at + 2 + graph[at + 1]; number += 8)
            graph[number + 3] = 0x7F;
        return OnnxChecksum.Append(graph);
    }

    private static async Task<HttpClient> Client(Sample service)
    {
        Match address = Match.Empty;
        while (!address.Success)
        {
            Assert.False(service.HasEnded, service.Output + service.Error);
            await Task.Delay(20, TestContext.Current.CancellationToken);
            address = Listening().Match(service.Output);
        }

        return new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) })
        {
            BaseAddress = new Uri(address.Groups[1].Value),
        };
    }

    private static async Task<HttpStatusCode> Post(HttpClient client, params byte[][] contents)
    {
        using var form = new MultipartFormDataContent();
        foreach (byte[] content in contents)
            form.Add(new ByteArrayContent(content), "file", "upload");
        using HttpResponseMessage answer = await client.PostAsync("/readings", form, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex Listening();

    /// <summary>A form that begins, and continues on request.</summary>
    private sealed class HeldContent : HttpContent
    {
        internal HeldContent() => Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        internal TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal TaskCompletionSource Goes { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"u8.ToArray());
            await stream.FlushAsync();
            Begun.SetResult();
            // A client that sends nothing for five seconds is cut off.
            while (await Task.WhenAny(Goes.Task, Task.Delay(100)) != Goes.Task)
            {
                await stream.WriteAsync(new byte[1000]);
                await stream.FlushAsync();
            }

            await stream.WriteAsync("no image\r\n--b--\r\n"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
