namespace CxrAnnotate;

/// <summary>
/// Where a training leaves its state, so that a new process can go on from it as if it had never stopped: on the CPU the weights come out the same to
/// the last bit.
/// A checkpoint that is damaged is passed over for the one before it, with a warning.
/// </summary>
public sealed record CheckpointOptions
{
    /// <value>The folder, for one training only; created if it does not exist. After the training the last checkpoints stay in it: remove it once the
    /// model is saved.</value>
    public required string Folder { get; init; }

    /// <value>Epochs from one checkpoint to the next, at least 1; the end of a network's training is always one. The default value is 1.</value>
    public int EveryEpochs { get; init; } = 1;

    /// <value>How many checkpoints are kept, the newest, at least 1. The default value is 2.</value>
    public int Keep { get; init; } = 2;

    /// <value>
    /// Whether to go on from the newest sound checkpoint of the folder; where there is none, the training starts from its beginning. Data, options
    /// and seed must be those that the checkpoint was written with. Without it, a folder with checkpoints is refused, so that none is lost by
    /// mistake. The default value is false.
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
