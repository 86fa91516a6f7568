namespace CxrAnnotate.Cli;

/// <summary>The settings of <c>cxr demo</c>.</summary>
/// <param name="Out">The folder to write: phantom, run, page, figures.</param>
/// <param name="Studies">The number of phantom studies to draw.</param>
/// <param name="Training">How the cascade is trained; seed and image size also apply to the phantoms.</param>
internal sealed record DemoSettings(string Out, int Studies, TrainSettings Training);

/// <summary>The result of the demo.</summary>
/// <param name="Training">The training.</param>
/// <param name="Page">The page.</param>
/// <param name="Figures">The file of the figures as JSON.</param>
internal sealed record DemoReport(TrainReport Training, string Page, string Figures);
