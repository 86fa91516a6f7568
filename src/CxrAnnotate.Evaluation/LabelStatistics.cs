namespace CxrAnnotate;

/// <summary>Decisions and rankings per label on a weighted sample, shared by the macro and micro metrics.</summary>
/// <param name="Decisions">The counts of each label's decisions.</param>
/// <param name="Auroc">Each label's area under the ROC curve; NaN where undefined.</param>
/// <param name="AveragePrecision">Each label's average precision; NaN where undefined.</param>
internal sealed record LabelStatistics(DecisionCounts[] Decisions, double[] Auroc, double[] AveragePrecision)
{
    /// <summary>The decisions on all labels counted together.</summary>
    internal DecisionCounts Pooled => new(Decisions.Sum(d => d.Hits), Decisions.Sum(d => d.Predicted), Decisions.Sum(d => d.Present));
}
