using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace CxrAnnotate.Cli;

/// <summary>Files and what a model reads of them, in the order of the files, whether they can be read or not.</summary>
internal static class ReadFiles
{
    /// <summary>Reads files by a model.</summary>
    /// <param name="annotator">The model.</param>
    /// <param name="files">The files.</param>
    /// <param name="begin">Called for each file before it is read, for work that goes on while the model computes.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <returns>For each file what <paramref name="begin"/> returned and the result; null for a file that was not even found.</returns>
    internal static async IAsyncEnumerable<(FoundFile Found, T Begun, AnnotatedRadiograph? Item)> Read<T>(
        IFileAnnotator annotator,
        ImageFiles files,
        Func<FoundFile, T> begin,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        // The files that are not yet annotated, in order. The model's reader may be some files ahead.
        var open = new ConcurrentQueue<(FoundFile Found, T Begun)>();
        await foreach (AnnotatedRadiograph item in annotator.AnnotateAsync(Readable(cancellation), cancellation))
        {
            while (open.TryDequeue(out var next))
            {
                yield return (next.Found, next.Begun, next.Found.Problem is null ? item : null);
                if (next.Found.Problem is null)
                    break;
            }
        }

        while (open.TryDequeue(out var next))
            yield return (next.Found, next.Begun, null);

        async IAsyncEnumerable<string> Readable([EnumeratorCancellation] CancellationToken stop)
        {
            await foreach (FoundFile found in files.EnumerateAsync(stop))
            {
                open.Enqueue((found, begin(found)));
                if (found.Problem is null)
                    yield return found.Path;
            }
        }
    }
}
