using static TorchSharp.torch.utils;

namespace CxrAnnotate;

/// <summary>
/// The epochs of a training as an event file that TensorBoard reads, written by TorchSharp: for each network of each iteration (<c>classifier 1</c>,
/// <c>decoder 1</c>, ...) the scalars <c>loss</c>, <c>learning rate</c>, <c>images per second</c> and, where there are any, <c>validation loss</c>
/// and <c>validation</c>, by the epoch. Use it as <see cref="RecurrentCascadeOptions.EpochProgress"/>.
/// </summary>
public sealed class TensorBoardLog : IProgress<TrainingEpoch>
{
    private readonly Lock _lock = new();
    private readonly string _folder;
    private TorchSharp.Modules.SummaryWriter? _writer;

    /// <summary>Creates a log.</summary>
    /// <param name="folder">The folder of the event files; created if necessary. Every training adds a file: use a folder of its own for each
    /// run.</param>
    public TensorBoardLog(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
    }

    /// <summary>Writes the figures of an epoch.</summary>
    /// <param name="value">The epoch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Report(TrainingEpoch value)
    {
        ArgumentNullException.ThrowIfNull(value);
        string network = FormattableString.Invariant($"{value.Network} {value.Iteration}{(value.Control ? " of the control" : "")}");
        lock (_lock)
        {
            Directory.CreateDirectory(_folder);
            _writer ??= tensorboard.SummaryWriter(_folder);
            Write("loss", value.Loss);
            Write("validation loss", value.ValidationLoss);
            Write("validation", value.Validation);
            Write("learning rate", value.LearningRate);
            Write("images per second", value.ImagesPerSecond);
        }

        void Write(string name, double? scalar)
        {
            if (scalar is { } number)
                _writer.add_scalar($"{network}/{name}", (float)number, value.Epoch, value.Time.ToUnixTimeSeconds());
        }
    }
}
