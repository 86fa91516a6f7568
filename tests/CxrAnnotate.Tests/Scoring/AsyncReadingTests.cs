using System.Runtime.CompilerServices;

namespace CxrAnnotate.Tests;

/// <summary>How the source and the consumer of asynchronous readings end.</summary>
public sealed class AsyncReadingTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    [Fact]
    public async Task A_consumer_that_stops_while_the_source_waits_ends_the_source()
    {
        var source = new Source(trained.Images[..3]);
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        int read = 0;
        await foreach (
            AnnotatedRadiograph item in annotator.AnnotateAsync(source.Items(CancellationToken.None), TestContext.Current.CancellationToken)
        )
        {
            Assert.NotNull(item.Reading);
            if (++read == 3)
                break;
        }

        Assert.True(source.Cancelled);
        Assert.True(source.Disposed.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task The_exception_of_a_consumer_propagates()
    {
        var source = new Source(trained.Images[..3]);
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        var mine = new TimeoutException("mine");
        Assert.Same(
            mine,
            await Assert.ThrowsAsync<TimeoutException>(async () =>
            {
                await foreach (
                    AnnotatedRadiograph item in annotator.AnnotateAsync(source.Items(CancellationToken.None), TestContext.Current.CancellationToken)
                )
                    throw mine;
            })
        );
        Assert.True(source.Disposed.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task The_exception_of_a_consumer_propagates_even_if_ending_the_source_fails()
    {
        var source = new Source(trained.Images[..3]) { AtEnd = () => throw new NotSupportedException("theirs") };
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            await foreach (
                AnnotatedRadiograph item in annotator.AnnotateAsync(source.Items(CancellationToken.None), TestContext.Current.CancellationToken)
            )
                throw new TimeoutException("mine");
        });
    }

    [Fact]
    public async Task A_source_that_ignores_cancellation_is_abandoned_and_disposed_when_it_ends()
    {
        var source = new Source(trained.Images[..2]) { Deaf = true };
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new() { SourcePatience = TimeSpan.FromMilliseconds(20) });
        await foreach (
            AnnotatedRadiograph item in annotator.AnnotateAsync(source.Items(CancellationToken.None), TestContext.Current.CancellationToken)
        )
            break;
        Assert.False(source.Disposed.Task.IsCompleted);
        source.Awake.SetResult();
        await source.Disposed.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Cancellation_does_not_wait_for_a_source_that_ignores_it()
    {
        var source = new Source(trained.Images[..2]) { Deaf = true };
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new() { SourcePatience = TimeSpan.FromMilliseconds(20) });
        using var stop = new CancellationTokenSource();
        int read = 0;
        OperationCanceledException ended = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (AnnotatedRadiograph item in annotator.AnnotateAsync(source.Items(CancellationToken.None), stop.Token))
            {
                if (++read == 2)
                    stop.CancelAfter(10);
            }
        });
        Assert.Equal(stop.Token, ended.CancellationToken);
        source.Awake.SetResult();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_error_of_a_source_is_thrown_after_the_preceding_items(bool waits)
    {
        var error = new IOException("the share is gone");
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new() { BatchSize = 8 });
        var read = new List<AnnotatedRadiograph>();
        Assert.Same(
            error,
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                await foreach (AnnotatedRadiograph item in annotator.AnnotateAsync(Breaking(), TestContext.Current.CancellationToken))
                    read.Add(item);
            })
        );
        Assert.Equal(trained.Images[..3], read.Select(item => item.Path));

        read.Clear();
        Assert.Same(
            error,
            Assert.Throws<IOException>(() =>
            {
                foreach (AnnotatedRadiograph item in annotator.Annotate(BreakingNow(), TestContext.Current.CancellationToken))
                    read.Add(item);
            })
        );
        Assert.Equal(trained.Images[..3], read.Select(item => item.Path));

        async IAsyncEnumerable<string> Breaking()
        {
            foreach (string path in trained.Images[..3])
                yield return path;
            if (waits)
                await Task.Yield();
            throw error;
        }

        IEnumerable<string> BreakingNow()
        {
            foreach (string path in trained.Images[..3])
                yield return path;
            throw error;
        }
    }

    [Fact]
    public async Task A_reader_disposed_while_its_source_waits_throws_at_the_next_item()
    {
        var source = new Source(trained.Images[..2]) { Deaf = true, More = [trained.Images[2]] };
        var annotator = RadiographAnnotator.Load(trained.Onnx);
        int read = 0;
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (
                AnnotatedRadiograph item in annotator.AnnotateAsync(source.Items(CancellationToken.None), TestContext.Current.CancellationToken)
            )
            {
                if (++read == 2)
                {
                    annotator.Dispose();
                    source.Awake.SetResult();
                }
            }
        });
        Assert.Equal(2, read);
        await source.Disposed.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    /// <summary>Yields some paths and then waits for cancellation or, if it ignores cancellation, for a signal.</summary>
    private sealed class Source(string[] first)
    {
        internal bool Deaf { get; init; }

        internal string[] More { get; init; } = [];

        internal Action AtEnd { get; init; } = () => { };

        internal bool Cancelled { get; private set; }

        internal TaskCompletionSource Awake { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal async IAsyncEnumerable<string> Items([EnumeratorCancellation] CancellationToken cancellation = default)
        {
            try
            {
                foreach (string path in first)
                    yield return path;
                await Awake.Task.WaitAsync(Deaf ? CancellationToken.None : cancellation);
                foreach (string path in More)
                    yield return path;
            }
            finally
            {
                Cancelled = cancellation.IsCancellationRequested;
                Disposed.SetResult();
                AtEnd();
            }
        }
    }
}
