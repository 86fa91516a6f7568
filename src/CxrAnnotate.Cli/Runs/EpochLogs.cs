namespace CxrAnnotate.Cli;

/// <summary>Passes every epoch on to several logs.</summary>
internal sealed class EpochLogs(params IEnumerable<IProgress<TrainingEpoch>?> logs) : IProgress<TrainingEpoch>
{
    private readonly IProgress<TrainingEpoch>[] _logs = [.. logs.OfType<IProgress<TrainingEpoch>>()];

    public void Report(TrainingEpoch value)
    {
        foreach (IProgress<TrainingEpoch> log in _logs)
            log.Report(value);
    }
}
