namespace CxrAnnotate;

/// <summary>How well one label is told from the others.</summary>
public sealed record LabelFigures
{
    /// <summary>The label's name.</summary>
    public required string Label { get; init; }

    /// <summary>The number of cases whose true label this is.</summary>
    public required int Support { get; init; }

    /// <summary>The number of cases for which it is predicted.</summary>
    public required int Predicted { get; init; }

    /// <summary>
    /// The share of its predictions that are right; 0 where it is never predicted, NaN where it occurs neither in truth nor in predictions.
    /// </summary>
    public required Estimate Precision { get; init; }

    /// <summary>The share of its cases that are found.</summary>
    public required Estimate Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public required Estimate F1 { get; init; }

    /// <summary>Area under the ROC curve, this label versus the rest, ties by mid-rank; NaN where the label or the rest has no case.</summary>
    public required Estimate Auroc { get; init; }

    /// <summary>Average precision, this label versus the rest; NaN where the label has no case.</summary>
    public required Estimate Auprc { get; init; }
}
