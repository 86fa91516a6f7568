namespace CxrAnnotate;

/// <summary>Counts, over the rows of one cursor, the images that are unlike the training images.</summary>
/// <param name="trained">Statistics of the training images.</param>
/// <param name="view">The view of the current row; null if unknown or irrelevant.</param>
/// <param name="log">Receives the counts.</param>
internal sealed class InputWatch(TrainedImages trained, Func<string>? view, InputWatchLog log)
{
    private readonly Dictionary<InputWarningKind, int> _counts = [];
    private int _images;

    /// <summary>Checks the image of the current row.</summary>
    internal void Look(ReadOnlySpan<float> pixels, int width)
    {
        _images++;
        foreach (InputWarning warning in trained.Compare(GreyStatistics.Of(pixels, width), view?.Invoke() ?? ""))
            _counts[warning.Kind] = _counts.GetValueOrDefault(warning.Kind) + 1;
    }

    /// <summary>Reports the counts.</summary>
    internal void Report() => log.Report(_images, _counts);
}

/// <summary>Warns about the counts of a stage's cursors; a second pass over the same rows adds no warning.</summary>
internal sealed class InputWatchLog(Action<string> warn)
{
    private readonly Dictionary<InputWarningKind, int> _reported = [];

    internal void Report(int images, IReadOnlyDictionary<InputWarningKind, int> counts)
    {
        lock (_reported)
        {
            foreach ((InputWarningKind kind, int count) in counts.Where(c => c.Value > _reported.GetValueOrDefault(c.Key)))
            {
                _reported[kind] = count;
                warn($"{count} of {images} radiographs {Describe(kind)}; their readings are unreliable. RadiographAnnotator names them.");
            }
        }
    }

    private static string Describe(InputWarningKind kind) =>
        kind switch
        {
            InputWarningKind.LooksInverted =>
                "look inverted compared with the training images (PhotometricHandling.Inverted inverts them)",
            InputWarningKind.UnusualRange => "have grey values outside the range of the training images (ValueRange says how they are scaled)",
            _ => "are lateral views, but the model was trained on frontal views only",
        };
}
