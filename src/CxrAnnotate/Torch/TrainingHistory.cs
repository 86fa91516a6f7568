namespace CxrAnnotate;

/// <summary>The result of one epoch of training.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainLoss">Mean loss over the epoch's mini-batches (with augmentation and dropout).</param>
/// <param name="ValidationLoss">Loss on the validation view, if any.</param>
/// <param name="ValidationScore">Score on the validation view, higher is better, if any.</param>
/// <param name="LearningRate">The learning rate of the epoch's last step.</param>
/// <param name="RowsPerSecond">Rows trained on per second.</param>
public sealed record EpochReport(
    int Epoch,
    double TrainLoss,
    double? ValidationLoss,
    double? ValidationScore,
    double LearningRate,
    double RowsPerSecond
)
{
    /// <value>The steps of the optimizer up to the end of the epoch; 0 in histories of earlier versions.</value>
    public long Steps { get; init; }
}

/// <summary>All epochs of one training, and which of them gave the model.</summary>
/// <param name="Epochs">One report an epoch, in order.</param>
/// <param name="BestEpoch">The epoch (from 1) whose weights were kept.</param>
public sealed record TrainingHistory(IReadOnlyList<EpochReport> Epochs, int BestEpoch)
{
    /// <summary>The ratio of the last epochs' loss to the first epoch's above which the loss grew.</summary>
    private const double Margin = 1.05;

    /// <value>Whether the loss grew instead of falling: the mean training loss of the last quarter of the epochs is above that of the first by more
    /// than a twentieth. Always false for a single epoch.</value>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Diverged => Epochs.Count > 1 && !(Epochs.TakeLast(LastEpochs).Average(e => e.TrainLoss) <= Epochs[0].TrainLoss * Margin);

    /// <summary>How many epochs count as the last ones.</summary>
    internal int LastEpochs => Math.Max(1, Epochs.Count / 4);

    /// <summary>Whether a history read from a file is plausible.</summary>
    internal bool IsSound() => AreSound(Epochs) && BestEpoch >= 0 && BestEpoch <= Epochs.Count;

    /// <summary>Whether epochs are numbered from 1 and no rate is negative.</summary>
    internal static bool AreSound(IReadOnlyList<EpochReport> epochs) =>
        epochs.Select((epoch, i) => epoch.Epoch == i + 1 && !(epoch.LearningRate < 0) && !(epoch.RowsPerSecond < 0)).All(sound => sound);
}
