namespace CxrAnnotate;

/// <summary>How far the training of a cascade is.</summary>
/// <param name="Stage">What is being done, in words: "reading images", "iteration 1: image network", ...</param>
/// <param name="Done">Units done, of <paramref name="Total"/>.</param>
/// <param name="Total">Units in all; 0 where that is not known.</param>
/// <param name="Unit">The unit: "images".</param>
/// <param name="Loss">The running mean loss, where there is one.</param>
public sealed record CascadeProgress(string Stage, long Done, long Total, string Unit, double? Loss = null)
{
    /// <summary>
    /// Progress as lines of text, for a console or a log: one when a stage begins, one every five seconds while it runs, one when all of it is done.
    /// <c>Progress = CascadeProgress.WriteTo(Console.Error)</c>.
    /// </summary>
    /// <param name="writer">Where the lines go; flushed after each. Written to by one thread at a time.</param>
    /// <exception cref="ArgumentNullException">The writer is null.</exception>
    public static IProgress<CascadeProgress> WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new TextProgress(writer, TimeProvider.System);
    }
}
