namespace CxrAnnotate.Cli;

/// <summary>What <c>cxr demo</c> was asked for.</summary>
/// <param name="Out">The folder to write: phantom, run, page, figures.</param>
/// <param name="Studies">How many phantom studies are drawn.</param>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="MultiLabel">Whether studies have several findings, and each is learnt.</param>
/// <param name="Force">Whether an earlier demo in <paramref name="Out"/> may be replaced.</param>
internal sealed record DemoSettings(string Out, int Studies, int Seed, bool MultiLabel, bool Force);

/// <summary>What the demo came to.</summary>
/// <param name="Training">The training.</param>
/// <param name="Page">The page.</param>
/// <param name="Figures">The figures for machines, a file.</param>
/// <param name="Document">What is in that file.</param>
internal sealed record DemoReport(TrainReport Training, string Page, string Figures, object? Document);
