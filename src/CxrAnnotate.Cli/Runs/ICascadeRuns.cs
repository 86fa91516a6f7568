namespace CxrAnnotate.Cli;

/// <summary>
/// The work behind the verbs that need a trained cascade. Progress goes to <see cref="Session.Progress"/>, the library's log through
/// <see cref="Session.CreateContext"/>.
/// </summary>
internal interface ICascadeRuns
{
    TrainReport Train(TrainSettings settings, Session session, CancellationToken cancellation);

    /// <summary>Opens a model to annotate files with.</summary>
    IFileAnnotator OpenAnnotator(AnnotateSettings settings, Session session);

    EvaluationReport Evaluate(EvaluateSettings settings, Session session, CancellationToken cancellation);

    /// <summary>Trains once for each part of the patients, leaving it out, and measures each model on the part that it has not seen.</summary>
    CrossValidationReport CrossValidate(TrainSettings settings, int folds, Session session, CancellationToken cancellation);

    /// <summary>Draws phantoms on disk, trains on them, measures every iteration on the test images and writes the page.</summary>
    DemoReport Demo(DemoSettings settings, Session session, CancellationToken cancellation);
}
