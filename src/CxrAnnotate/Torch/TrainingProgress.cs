using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reports the progress of a training to ML.NET's channels.</summary>
internal sealed class TrainingProgress
{
    private readonly IChannel _channel;
    private readonly int _epochs;
    private double _epochsDone;
    private double? _loss;
    private double? _score;

    internal TrainingProgress(IProgressChannel progress, IChannel channel, int epochs)
    {
        _channel = channel;
        _epochs = epochs;
        progress.SetHeader(
            new ProgressHeader(["Loss", "Validation"], ["epochs"]),
            entry =>
            {
                entry.SetProgress(0, _epochsDone, _epochs);
                entry.SetMetric(0, _loss ?? double.NaN);
                entry.SetMetric(1, _score ?? double.NaN);
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
        _score = report.ValidationScore;
        string validation = report.ValidationScore is { } score
            ? string.Create(CultureInfo.InvariantCulture, $", validation {score:F4}")
            : string.Empty;
        _channel.Trace(
            MessageSensitivity.None,
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {report.Epoch} of {_epochs}: loss {report.TrainLoss:F4}{validation}, {report.RowsPerSecond:F0} rows/s"
            )
        );
    }
}
