using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace CxrAnnotate;

/// <summary>Annotates inputs from a source in batches and returns the results one by one.</summary>
/// <param name="batchSize">The maximum number of inputs in a batch.</param>
/// <param name="patience">How long to wait for a cancelled asynchronous source.</param>
/// <param name="lifetime">The model's lifetime, checked before every batch and item.</param>
/// <param name="annotate">Annotates a batch.</param>
internal sealed class BatchedInputs(
    int batchSize,
    TimeSpan patience,
    Lifetime lifetime,
    Func<RadiographInput[], CancellationToken, AnnotatedRadiograph[]> annotate
)
{
    /// <summary>Annotates in input order; an error of the source is thrown after the preceding items have been returned.</summary>
    internal IEnumerable<AnnotatedRadiograph> Many(IEnumerable<RadiographInput> inputs, CancellationToken cancellation)
    {
        using IEnumerator<RadiographInput> source = inputs.GetEnumerator();
        var waiting = new List<RadiographInput>();
        ExceptionDispatchInfo? fault = null;
        for (bool more = true; more;)
        {
            lifetime.Check();
            waiting.Clear();
            while (more && waiting.Count < batchSize)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    more = source.MoveNext();
                    if (more)
                        waiting.Add(source.Current);
                }
                catch (Exception e)
                {
                    // The preceding items are annotated first.
                    (more, fault) = (false, ExceptionDispatchInfo.Capture(e));
                }
            }

            cancellation.ThrowIfCancellationRequested();
            foreach (AnnotatedRadiograph item in annotate([.. waiting], cancellation))
            {
                lifetime.Check();
                yield return item;
            }
        }

        fault?.Throw();
    }

    /// <inheritdoc cref="Many"/>
    internal async IAsyncEnumerable<AnnotatedRadiograph> ManyAsync(
        IAsyncEnumerable<RadiographInput> inputs,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var source = new AsyncSource<RadiographInput>(inputs, patience, cancellation);
        await using (source.ConfigureAwait(false))
        {
            var waiting = new List<RadiographInput>();
            ExceptionDispatchInfo? fault = null;
            for (bool more = true; more;)
            {
                lifetime.Check();
                cancellation.ThrowIfCancellationRequested();
                Task<bool> next = source.Next();
                if (waiting.Count > 0 && (!next.IsCompleted || waiting.Count == batchSize))
                {
                    // While the next input is pending, those that have arrived are annotated.
                    foreach (AnnotatedRadiograph item in await BatchAsync(waiting, cancellation).ConfigureAwait(false))
                    {
                        lifetime.Check();
                        yield return item;
                    }
                }

                try
                {
                    more = await next.WaitAsync(cancellation).ConfigureAwait(false);
                    if (more)
                        waiting.Add(source.Current);
                }
                catch (Exception e)
                {
                    // The preceding items are annotated first.
                    (more, fault) = (false, ExceptionDispatchInfo.Capture(e));
                }
            }

            cancellation.ThrowIfCancellationRequested();
            foreach (AnnotatedRadiograph item in await BatchAsync(waiting, cancellation).ConfigureAwait(false))
            {
                lifetime.Check();
                yield return item;
            }

            fault?.Throw();
        }
    }

    /// <summary>Annotates the waiting inputs on a thread other than the consumer's, and empties the list.</summary>
    private async Task<AnnotatedRadiograph[]> BatchAsync(List<RadiographInput> waiting, CancellationToken cancellation)
    {
        RadiographInput[] batch = [.. waiting];
        waiting.Clear();
        return batch.Length == 0 ? [] : await Task.Run(() => annotate(batch, cancellation), CancellationToken.None).ConfigureAwait(false);
    }
}
