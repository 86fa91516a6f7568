using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reports the progress of a training to ML.NET's channels: as metrics after every epoch, and as a line of the log.</summary>
internal sealed class TrainingProgress : IDisposable
{
    private readonly IProgressChannel _progress;
    private readonly IChannel _channel;
    private readonly int _epochs;
    private double _epochsDone;
    private double? _loss;
    private double? _score;
    private double? _rate;
    private double? _speed;

    internal TrainingProgress(IProgressChannel progress, IChannel channel, int epochs)
    {
        _progress = progress;
        _channel = channel;
        _epochs = epochs;
        progress.SetHeader(
            new ProgressHeader(["Loss", "Validation", "Learning rate", "Images/s"], ["epochs"]),
            entry =>
            {
                entry.SetProgress(0, _epochsDone, _epochs);
                entry.SetMetric(0, _loss ?? double.NaN);
                entry.SetMetric(1, _score ?? double.NaN);
                entry.SetMetric(2, _rate ?? double.NaN);
                entry.SetMetric(3, _speed ?? double.NaN);
            }
        );
    }

    internal void BatchEnded(int epoch, int rowsDone, int rows, double loss)
    {
        _epochsDone = epoch - 1 + ((double)rowsDone / rows);
        _loss = loss;
    }

    internal void EpochEnded(EpochReport report)
    {
        (_epochsDone, _loss, _score) = (report.Epoch, report.TrainLoss, report.ValidationScore);
        (_rate, _speed) = (report.LearningRate, report.RowsPerSecond);
        _progress.Checkpoint(_loss, _score, _rate, _speed, _epochsDone);
        string validation = report.ValidationScore is { } score
            ? string.Create(CultureInfo.InvariantCulture, $", validation {score:F4}")
            : string.Empty;
        _channel.Trace(
            MessageSensitivity.None,
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {report.Epoch} of {_epochs}: loss {report.TrainLoss:F4}{validation}, rate {report.LearningRate:G3}, "
                    + $"{report.RowsPerSecond:F0} rows/s"
            )
        );
    }

    /// <summary>Ends the progress.</summary>
    public void Dispose() => _progress.Dispose();
}
