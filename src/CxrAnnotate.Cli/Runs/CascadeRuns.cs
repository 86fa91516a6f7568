namespace CxrAnnotate.Cli;

/// <summary>Trains, loads and measures recurrent cascades.</summary>
internal sealed class CascadeRuns : ICascadeRuns
{
    public TrainReport Train(TrainSettings settings, Session session, CancellationToken cancellation) => throw new NotSupportedException("This build has no cascade.");

    public IReadOnlyList<AnnotatedFile> Annotate(AnnotateSettings settings, Session session, CancellationToken cancellation) => throw new NotSupportedException("This build has no cascade.");

    public EvaluationReport Evaluate(EvaluateSettings settings, Session session, CancellationToken cancellation) => throw new NotSupportedException("This build has no cascade.");
}
