namespace CxrAnnotate;

/// <summary>
/// Where a training saves its state, so that a new process can resume it. On the CPU the weights are bit-identical to those of an uninterrupted
/// training. A damaged checkpoint is skipped with a warning, and the one before it is used.
/// </summary>
public sealed record CheckpointOptions
{
    /// <value>The folder, for one training only; created if it does not exist. After the training the last checkpoints stay in it: remove it once the
    /// model is saved.</value>
    public required string Folder { get; init; }

    /// <value>Epochs between checkpoints, at least 1; the end of a network's training always has one. The default value is 1.</value>
    public int EveryEpochs { get; init; } = 1;

    /// <value>How many of the newest checkpoints are kept, at least 1. The default value is 2.</value>
    public int Keep { get; init; } = 2;

    /// <value>
    /// Whether to resume from the newest valid checkpoint of the folder; if there is none, the training starts from the beginning. Data, options and
    /// seed must be those of the checkpoint. If false, a folder with checkpoints is rejected, so that none is lost by mistake. The default value is
    /// false.
    /// </value>
    public bool Resume { get; init; }

    /// <summary>Whether the folder holds a checkpoint now.</summary>
    /// <returns>Whether there is one, sound or not.</returns>
    public bool HasCheckpoints() => CheckpointFolder.HasAny(Folder);

    /// <summary>
    /// Removes the folder with all checkpoints: at once for whoever looks for some, the bytes after it. Nothing is done where it does not exist.
    /// </summary>
    /// <exception cref="IOException">A file could not be removed.</exception>
    public void RemoveCheckpoints() => CheckpointFolder.Remove(Folder);

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(EveryEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Keep, 1);
    }
}
