namespace CxrAnnotate.Cli;

/// <summary>
/// Counts files, reports the first failures by name, and summarizes the rest at the end.
/// </summary>
internal sealed class Tally(Session session)
{
    /// <summary>The number of failures that are reported one by one.</summary>
    private const int MaximumReported = 20;

    private readonly Dictionary<string, long> _unreported = [];
    private int _reportedWarnings;
    private (string File, string Error)? _first;

    internal long Files { get; private set; }

    internal long Unreadable { get; private set; }

    internal void Add(string file, string? error)
    {
        Files++;
        if (error is null)
            return;
        _first ??= (file, error);
        // The error of a single file becomes the error of the verb.
        if (++Unreadable is > 1 and <= MaximumReported || Files > 1)
            ReportFirst();
        if (Unreadable > 1 && Unreadable <= MaximumReported)
            session.Progress.Warn($"'{file}' could not be read: {error}");
    }

    /// <summary>Warns about a file that was read.</summary>
    /// <param name="file">The file.</param>
    /// <param name="kind">The kind by which warnings are counted.</param>
    /// <param name="message">What is unusual.</param>
    internal void Warn(string file, string kind, string message)
    {
        if (_reportedWarnings++ < MaximumReported)
            session.Progress.Warn($"'{file}': {message}");
        else
            _unreported[kind] = _unreported.GetValueOrDefault(kind) + 1;
    }

    /// <summary>Reports the totals.</summary>
    /// <exception cref="InvalidDataException">None of the files could be read.</exception>
    internal void Complete()
    {
        foreach ((string kind, long count) in _unreported)
            session.Progress.Warn($"{Amount.Of(count, "more file has", "more files have")} a warning of this kind ({kind}); the results say which.");
        if (Files == 0)
            throw new InvalidDataException(ErrorCode.NothingToRead.Message("There is nothing to read."));
        if (Unreadable == Files)
        {
            throw new InvalidDataException(
                ErrorCode.NoImageReadable.Message(
                    Files == 1
                        ? $"'{_first!.Value.File}' could not be read: {_first.Value.Error}"
                        : $"None of the {Files:N0} files could be read; the first, '{_first!.Value.File}': {_first.Value.Error}"
                )
            );
        }

        if (Unreadable == 0)
            return;
        ReportFirst();
        session.IsIncomplete = true;
        session.Progress.Warn(
            $"{Unreadable:N0} of {Files:N0} files could not be "
                + $"read{(Unreadable > MaximumReported ? $"; the first {MaximumReported} are named here, the results name all" : "")}."
        );
    }

    private bool _firstReported;

    private void ReportFirst()
    {
        if (_firstReported || _first is not { } first)
            return;
        _firstReported = true;
        session.Progress.Warn($"'{first.File}' could not be read: {first.Error}");
    }
}
