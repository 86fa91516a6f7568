using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// The checkpoints of one training: folders <c>checkpoint-000001</c>, <c>checkpoint-000002</c>, ... A checkpoint is written into a folder of another
/// name, its files are flushed to the disk, the manifest with their lengths and SHA-256 comes last, and then the folder gets its name: a process that
/// is killed leaves it whole or not at all.
/// </summary>
internal sealed class CheckpointFolder
{
    private const string Prefix = "checkpoint-";
    private const string Unfinished = ".new";
    private const string Doomed = ".old";

    private readonly CheckpointOptions _options;
    private readonly IReadOnlyDictionary<string, string> _training;
    private readonly Action<string> _warn;
    private readonly List<string> _damaged = [];
    private int _next = 1;

    private CheckpointFolder(CheckpointOptions options, IReadOnlyDictionary<string, string> training, Action<string> warn)
    {
        _options = options;
        _training = training;
        _warn = warn;
    }

    /// <summary>
    /// The folder of the checkpoint to go on from, its files being as they were written; null where the training starts from its beginning.
    /// </summary>
    internal string? Restored { get; private set; }

    internal int EveryEpochs => _options.EveryEpochs;

    /// <summary>Opens the folder of a training and finds the newest sound checkpoint.</summary>
    /// <param name="options">The folder, and whether to resume.</param>
    /// <param name="training">What the training is of (data, options, seed), by name: a checkpoint of another one is refused.</param>
    /// <param name="warn">Called with checkpoints that are skipped, and why.</param>
    /// <exception cref="InvalidOperationException">There are checkpoints and they are not to be resumed, or they are of another training.</exception>
    /// <exception cref="InvalidDataException">There are checkpoints, but none is sound.</exception>
    internal static CheckpointFolder Open(CheckpointOptions options, IReadOnlyDictionary<string, string> training, Action<string> warn)
    {
        options.Check();
        var folder = new CheckpointFolder(options, training, warn);
        (string Path, int Number)[] present = List(options.Folder);
        if (present.Length == 0)
            return folder;
        if (!options.Resume)
        {
            throw new InvalidOperationException(
                ErrorCode.CheckpointsExist.Message(
                    $"'{options.Folder}' holds checkpoints of a training. Set {nameof(CheckpointOptions)}.{nameof(CheckpointOptions.Resume)} "
                        + "to go on with it, or remove the folder to start anew."
                )
            );
        }

        folder._next = present[0].Number + 1;
        var reasons = new List<string>();
        foreach (var (path, _) in present)
        {
            try
            {
                FolderManifest manifest = FolderManifest.ReadVerified(path, FolderManifest.Checkpoint);
                RequireSame(path, manifest.Training!, training);
                folder.Restored = path;
                return folder;
            }
            catch (InvalidDataException e)
            {
                reasons.Add(e.Message);
                folder._damaged.Add(path);
                warn(CxrError.CodeFirst($"A checkpoint is passed over. {e.Message}"));
            }
        }

        throw new InvalidDataException(
            ErrorCode.NoUsableCheckpoint.Message(
                $"No checkpoint in '{options.Folder}' is usable; remove the folder to train from the beginning. {string.Join(' ', reasons)}"
            )
        );
    }

    /// <summary>The newest sound checkpoint of a folder, whatever training it is of.</summary>
    /// <exception cref="InvalidDataException">There are checkpoints, but none is sound.</exception>
    /// <returns>Its folder; null where there are no checkpoints.</returns>
    internal static string? FindNewest(string folder)
    {
        InvalidDataException? first = null;
        foreach (var (path, _) in List(folder))
        {
            try
            {
                FolderManifest.ReadVerified(path, FolderManifest.Checkpoint);
                return path;
            }
            catch (InvalidDataException e)
            {
                first ??= e;
            }
        }

        return first is null ? null : throw first;
    }

    /// <summary>Whether a folder has a checkpoint.</summary>
    internal static bool HasAny(string folder) => List(folder).Length > 0;

    /// <summary>Removes a folder of checkpoints: at once for whoever looks for some, the bytes after it.</summary>
    internal static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Discard(folder);
    }

    /// <summary>
    /// Writes a checkpoint and removes those that need not be kept. Where the disk is full or refuses, there is a warning and the training goes on.
    /// </summary>
    /// <param name="fill">Writes the files into the folder that it is given, each flushed to the disk.</param>
    internal void Write(Action<string> fill)
    {
        string place = Path.Combine(_options.Folder, Prefix + _next.ToString("D6", CultureInfo.InvariantCulture)),
            aside = place + Unfinished;
        try
        {
            Directory.CreateDirectory(_options.Folder);
            foreach (
                string rest in Directory
                    .GetDirectories(_options.Folder, Prefix + "*")
                    .Where(d => d.EndsWith(Unfinished, StringComparison.Ordinal) || d.EndsWith(Doomed, StringComparison.Ordinal))
            )
                Directory.Delete(rest, recursive: true);
            Directory.CreateDirectory(aside);
            fill(aside);
            FolderManifest.Write(aside, FolderManifest.Checkpoint, _training);
            Directory.Move(aside, place);
            _next++;
            foreach (string path in _damaged.Concat(List(_options.Folder).Select(c => c.Path).Except(_damaged).Skip(_options.Keep)))
                Discard(path);
            _damaged.Clear();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _warn($"Checkpoint '{place}' could not be written, the training goes on without it: {e.Message}");
        }
    }

    /// <summary>Checkpoints by number, the newest first.</summary>
    private static (string Path, int Number)[] List(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory
                .GetDirectories(folder, Prefix + "*")
                .Select(path =>
                    (
                        Path: path,
                        Number: int.TryParse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int n)
                            ? n
                            : -1
                    )
                )
                .Where(c => c.Number >= 0)
                .OrderByDescending(c => c.Number),
        ];
    }

    /// <summary>By another name first: what is half removed is no checkpoint any more.</summary>
    private static void Discard(string path)
    {
        string doomed = path.TrimEnd(Path.DirectorySeparatorChar) + Doomed;
        if (Directory.Exists(doomed))
            Directory.Delete(doomed, recursive: true);
        Directory.Move(path, doomed);
        Directory.Delete(doomed, recursive: true);
    }

    private static void RequireSame(string path, IReadOnlyDictionary<string, string> then, IReadOnlyDictionary<string, string> now)
    {
        string[] differing =
        [
            .. then
                .Keys.Union(now.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(key => then.GetValueOrDefault(key) != now.GetValueOrDefault(key))
                .Select(key => $"{key} was {then.GetValueOrDefault(key, "not there")} and is {now.GetValueOrDefault(key, "not there")}"),
        ];
        if (differing.Length > 0)
        {
            throw new InvalidOperationException(
                ErrorCode.CheckpointMismatch.Message(
                    $"Checkpoint '{path}' is of another training: {string.Join("; ", differing)}. "
                        + "Resume with the data, options and seed that it was begun with, or remove the checkpoints to start anew."
                )
            );
        }
    }
}
