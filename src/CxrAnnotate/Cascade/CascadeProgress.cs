namespace CxrAnnotate;

/// <summary>The progress of a cascade's training.</summary>
/// <param name="Stage">The current stage, in words: "reading images", "iteration 1: image network", ...</param>
/// <param name="Done">Units done, of <paramref name="Total"/>.</param>
/// <param name="Total">The total number of units; 0 if unknown.</param>
/// <param name="Unit">The unit: "images".</param>
/// <param name="Loss">The running mean loss, if any.</param>
public sealed record CascadeProgress(string Stage, long Done, long Total, string Unit, double? Loss = null)
{
    /// <summary>
    /// Reports progress as lines of text, for a console or a log: when a stage begins, every five seconds while it runs, and when it is done.
    /// <c>Progress = CascadeProgress.WriteTo(Console.Error)</c>.
    /// </summary>
    /// <param name="writer">The writer, flushed after each line. Only one thread writes at a time.</param>
    /// <exception cref="ArgumentNullException">The writer is null.</exception>
    public static IProgress<CascadeProgress> WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new TextProgress(writer, TimeProvider.System);
    }
}
