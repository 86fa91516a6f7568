using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// The checkpoints of one training: folders <c>checkpoint-000001</c>, <c>checkpoint-000002</c>, ... A checkpoint is written to a temporary folder:
/// its files are flushed to disk, the manifest with their lengths and SHA-256 is written last, and then the folder is renamed. A killed process
/// leaves a whole checkpoint or none.
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

    /// <summary>The folder of the verified checkpoint to resume from; null to start from the beginning.</summary>
    internal string? Restored { get; private set; }

    internal int EveryEpochs => _options.EveryEpochs;

    /// <summary>Opens the folder of a training and finds the newest valid checkpoint.</summary>
    /// <param name="options">The folder, and whether to resume.</param>
    /// <param name="training">Data, options and seed of the training, by name: a checkpoint of another training is rejected.</param>
    /// <param name="warn">Called with each skipped checkpoint and the reason.</param>
    /// <exception cref="InvalidOperationException">There are checkpoints that should not be resumed or that belong to another training.</exception>
    /// <exception cref="InvalidDataException">There are checkpoints, but none is valid.</exception>
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
                        + "to continue it, or remove the folder to start over."
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

    /// <summary>The newest valid checkpoint of a folder, of any training.</summary>
    /// <exception cref="InvalidDataException">There are checkpoints, but none is valid.</exception>
    /// <returns>Its folder; null if there are no checkpoints.</returns>
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

    /// <summary>Removes a folder of checkpoints: it disappears at once by renaming and is then deleted.</summary>
    internal static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Discard(folder);
    }

    /// <summary>Writes a checkpoint and removes those that need not be kept. If that fails, there is a warning and the training continues.</summary>
    /// <param name="fill">Writes the files into the folder that it is given, each flushed to disk.</param>
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
            _warn($"Checkpoint '{place}' could not be written, the training continues without it: {e.Message}");
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

    /// <summary>Renames the folder first, so that a half-deleted one is never taken for a checkpoint.</summary>
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
                .Select(key => $"{key} was {then.GetValueOrDefault(key, "absent")} and is {now.GetValueOrDefault(key, "absent")}"),
        ];
        if (differing.Length > 0)
        {
            throw new InvalidOperationException(
                ErrorCode.CheckpointMismatch.Message(
                    $"Checkpoint '{path}' belongs to another training: {string.Join("; ", differing)}. "
                        + "Resume with the data, options and seed that it was started with, or remove the checkpoints to start over."
                )
            );
        }
    }
}
