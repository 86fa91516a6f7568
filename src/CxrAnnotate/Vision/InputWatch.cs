namespace CxrAnnotate;

/// <summary>Counts, over the rows of one cursor, the images that are unlike those that a network was trained on.</summary>
/// <param name="trained">Those that it was trained on.</param>
/// <param name="view">The view of the current row; null where none is known, or it makes no difference.</param>
/// <param name="log">Where what was counted goes.</param>
internal sealed class InputWatch(TrainedImages trained, Func<string>? view, InputWatchLog log)
{
    private readonly Dictionary<InputWarningKind, int> _counts = [];
    private int _images;

    /// <summary>Looks at the image of the current row.</summary>
    internal void Look(ReadOnlySpan<float> pixels, int width)
    {
        _images++;
        foreach (InputWarning warning in trained.Compare(GreyStatistics.Of(pixels, width), view?.Invoke() ?? ""))
            _counts[warning.Kind] = _counts.GetValueOrDefault(warning.Kind) + 1;
    }

    /// <summary>Says what was counted.</summary>
    internal void Tell() => log.Tell(_images, _counts);
}

/// <summary>Warns of what the cursors of a stage have counted; a second pass over the same rows says nothing new.</summary>
internal sealed class InputWatchLog(Action<string> warn)
{
    private readonly Dictionary<InputWarningKind, int> _told = [];

    internal void Tell(int images, IReadOnlyDictionary<InputWarningKind, int> counts)
    {
        lock (_told)
        {
            foreach ((InputWarningKind kind, int count) in counts.Where(c => c.Value > _told.GetValueOrDefault(c.Key)))
            {
                _told[kind] = count;
                warn($"{count} of {images} radiographs {Describe(kind)}; their readings are not to be relied on. RadiographAnnotator names them.");
            }
        }
    }

    private static string Describe(InputWarningKind kind) =>
        kind switch
        {
            InputWarningKind.LooksInverted =>
                "look like the inverse of those that the model was trained on (PhotometricHandling.Inverted inverts them)",
            InputWarningKind.UnusualRange => "have grey values outside of those that the model was trained on (ValueRange says how they are read)",
            _ => "are lateral views, and the model was trained only on frontal ones",
        };
}
