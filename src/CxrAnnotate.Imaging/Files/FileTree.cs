using System.IO.Enumeration;

namespace CxrAnnotate;

/// <summary>
/// Walks folders in ordinal order of the paths. Every folder is entered once and every file returned once, through whatever links they can be
/// reached. Nothing that could block is opened, and an unreadable file or folder is an item with a reason. A walk of several folders remembers what
/// it found in earlier ones.
/// </summary>
/// <remarks>
/// Memory holds the names of the folders from the root down to the current one, and 16 bytes (in a hash table) for each file found.
/// </remarks>
/// <param name="recursive">Whether to enter subfolders.</param>
/// <param name="cancellation">Ends a walk with <see cref="OperationCanceledException"/>.</param>
internal sealed class FileTree(bool recursive, CancellationToken cancellation = default)
{
    private static readonly EnumerationOptions _everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly HashSet<FileIdentity> _folders = [],
        _files = [],
        _linked = [];

    /// <summary>The number of links, folders and files skipped because they lead to something already found.</summary>
    internal int Repeated { get; private set; }

    /// <summary>The files of a folder and of all folders in it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="problem">Receives what cannot be read; null: it is skipped.</param>
    internal static IEnumerable<string> Files(string folder, Action<FoundFile>? problem = null)
    {
        foreach (FoundFile found in new FileTree(recursive: true).Walk(folder))
        {
            if (found.Problem is null)
                yield return found.Path;
            else
                problem?.Invoke(found);
        }
    }

    /// <summary>Walks a folder: its files and what cannot be read in it.</summary>
    internal IEnumerable<FoundFile> Walk(string folder)
    {
        var open = new Stack<Level>();
        if (Enter(folder, FileFacts.Of(folder), open) is { } closed)
            yield return closed;
        while (open.TryPeek(out Level? level))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!level.TryNext(out string path))
            {
                open.Pop();
                continue;
            }

            FileFacts facts = FileFacts.Of(path);
            if (facts.Kind == FileKind.Folder)
            {
                if (recursive && Enter(path, facts, open) is { } unreadable)
                    yield return unreadable;
            }
            else if (facts.Kind != FileKind.File)
            {
                yield return new FoundFile(path, facts.Problem, facts.Kind);
            }
            else if (IsNew(facts))
            {
                yield return new FoundFile(path);
            }
        }
    }

    /// <summary>Enters a folder; returns an item with the reason if it cannot be entered.</summary>
    private FoundFile? Enter(string folder, FileFacts facts, Stack<Level> open)
    {
        if (facts.Kind != FileKind.Folder)
            return new FoundFile(folder, facts.Problem ?? ErrorCode.ImageNotReadable.Message("it is not a folder"), facts.Kind);
        if (!_folders.Add(facts.Identity))
        {
            Repeated++;
            return null;
        }

        try
        {
            open.Push(new Level(folder, _everything, cancellation));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return new FoundFile(
                folder,
                ErrorCode.ImageNotReadable.Message(
                    e is UnauthorizedAccessException
                        ? "permission to list the folder is denied"
                        : $"the folder cannot be listed ({e.Message.TrimEnd('.')})"
                ),
                FileKind.Folder
            );
        }
    }

    /// <summary>
    /// Without symbolic links, two names of one file count as two files: only symbolic links can show a file in a folder that does not hold it.
    /// </summary>
    private bool IsNew(FileFacts facts)
    {
        bool known = facts.IsLink ? _files.Contains(facts.Identity) || !_linked.Add(facts.Identity) : _linked.Contains(facts.Identity);
        if (known)
            Repeated++;
        else if (!facts.IsLink)
            _files.Add(facts.Identity);
        return !known;
    }

    /// <summary>A folder and the position of the walk in it.</summary>
    private sealed class Level
    {
        private readonly string _folder;
        private readonly string[] _keys;
        private int _next;

        internal Level(string folder, EnumerationOptions options, CancellationToken cancellation)
        {
            _folder = folder;
            // With a separator after the name of a folder, its contents sort as whole paths do.
            var names = new FileSystemEnumerable<string>(
                folder,
                (ref FileSystemEntry entry) =>
                    entry.IsDirectory ? string.Concat(entry.FileName, [Path.DirectorySeparatorChar]) : entry.FileName.ToString(),
                options
            );
            var keys = new List<string>();
            foreach (string name in names)
            {
                cancellation.ThrowIfCancellationRequested();
                keys.Add(name);
            }

            keys.Sort(StringComparer.Ordinal);
            _keys = [.. keys];
        }

        internal bool TryNext(out string path)
        {
            path = _next < _keys.Length ? Path.Combine(_folder, Path.TrimEndingDirectorySeparator(_keys[_next])) : "";
            return _next++ < _keys.Length;
        }
    }
}
