using System.Runtime.CompilerServices;
using System.Text;

namespace CxrAnnotate.Cli;

/// <summary>
/// The images that a command line names by files, folders, and a list on standard input. They are enumerated lazily, so that memory does not grow
/// with their number (see <see cref="RadiographFinder"/>).
/// </summary>
/// <param name="named">The files and folders, as they were given; <c>-</c> means the list on standard input.</param>
/// <param name="recursive">Whether to search subfolders.</param>
/// <param name="all">Whether to return all files of a folder or only its images: those with a known extension, and DICOM files without one.</param>
/// <param name="nullSeparated">Whether the names of the list are separated by NUL instead of line ends.</param>
/// <param name="input">Standard input.</param>
/// <param name="session">Receives the warnings.</param>
internal sealed class ImageFiles(IReadOnlyList<string> named, bool recursive, bool all, bool nullSeparated, Func<Stream> input, Session session)
{
    /// <summary>The name of standard input.</summary>
    internal const string StandardInput = "-";

    /// <summary>The number of folders without files to read.</summary>
    private int _empty;

    /// <summary>The files and what cannot be read, in the order of the command line and, within a folder, of the paths.</summary>
    internal async IAsyncEnumerable<FoundFile> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var finder = new RadiographFinder(recursive, all, cancellation);
        foreach (string path in named)
        {
            if (path != StandardInput)
            {
                foreach (FoundFile found in Expand(path, finder))
                    yield return found;
                continue;
            }

            await foreach (string line in Listed(cancellation))
            {
                foreach (FoundFile found in Expand(line, finder))
                    yield return found;
            }
        }

        if (finder.PassedOver > 0)
            session.Progress.Warn(
                finder.PassedOver == 1
                    ? "A FIFO, socket or device in a folder is skipped."
                    : $"{finder.PassedOver:N0} FIFOs, sockets and devices in folders are skipped."
            );
        if (finder.Repeated > 0)
            session.Progress.Note($"{finder.Repeated:N0} links to files or folders that were already visited are skipped.");
        if (_empty > 0)
            session.IsIncomplete = true;
    }

    private IEnumerable<FoundFile> Expand(string path, RadiographFinder finder)
    {
        bool any = false;
        int met = finder.Repeated;
        foreach (FoundFile found in finder.Find(path))
        {
            any = true;
            yield return found;
        }

        if (any || finder.Repeated > met)
            yield break;
        _empty++;
        session.Progress.Warn(
            all
                ? $"The folder '{path}' has no files.{RecursiveHint()}"
                : $"The folder '{path}' has no radiographs ({string.Join(", ", RadiographFinder.Extensions)}, or DICOM by content).{RecursiveHint()}"
        );
    }

    private string RecursiveHint() => recursive ? "" : " --recursive includes subfolders.";

    /// <summary>The names on standard input. They are read one by one, so that files can be processed as their names arrive.</summary>
    private async IAsyncEnumerable<string> Listed([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using Stream stream = input();
        char end = nullSeparated ? '\0' : '\n';
        Decoder decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetDecoder();
        byte[] bytes = new byte[1 << 16];
        char[] chars = new char[bytes.Length + 1];
        var line = new StringBuilder();
        bool first = true;
        while (true)
        {
            // Reading from a terminal or a pipe cannot be cancelled: it is abandoned.
            int read = await Task.Run(() => stream.Read(bytes, 0, bytes.Length), CancellationToken.None)
                .WaitAsync(cancellation)
                .ConfigureAwait(false);
            int count = decoder.GetChars(bytes, 0, read, chars, 0, flush: read == 0);
            for (int i = 0; i < count; i++)
            {
                if (first && chars[i] == '\uFEFF')
                    continue;
                first = false;
                if (chars[i] != end)
                {
                    line.Append(chars[i]);
                    continue;
                }

                if (Name() is { } name)
                    yield return name;
            }

            if (read > 0)
                continue;
            if (Name() is { } last)
                yield return last;
            yield break;
        }

        string? Name()
        {
            string name = line.ToString();
            line.Clear();
            if (!nullSeparated)
                name = name.TrimEnd('\r');
            return name.Length > 0 ? name : null;
        }
    }
}
