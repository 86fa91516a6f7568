namespace CxrAnnotate.Cli;

/// <summary>What <c>cxr demo</c> was asked for.</summary>
/// <param name="Out">The folder to write: phantom, run, page, figures.</param>
/// <param name="Studies">How many phantom studies are drawn.</param>
/// <param name="Training">How the cascade is trained: the seed is that of the phantoms too, the image size their size.</param>
internal sealed record DemoSettings(string Out, int Studies, TrainSettings Training);

/// <summary>What the demo came to.</summary>
/// <param name="Training">The training.</param>
/// <param name="Page">The page.</param>
/// <param name="Figures">The figures for machines, a file.</param>
internal sealed record DemoReport(TrainReport Training, string Page, string Figures);
