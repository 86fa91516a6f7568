namespace CxrAnnotate;

/// <summary>How well one label is told from its absence, over the cases in which it is known. Undefined figures are NaN, never 0.</summary>
public sealed record LabelFigures
{
    /// <summary>The label's name.</summary>
    public required string Label { get; init; }

    /// <summary>The number of cases that have it.</summary>
    public required int Support { get; init; }

    /// <summary>The number of cases of which it is not known.</summary>
    public int Unknown { get; init; }

    /// <summary>The number of cases for which it is predicted, those of which it is not known left out.</summary>
    public required int Predicted { get; init; }

    /// <summary>
    /// The share of its predictions that are right; 0 where it is never predicted, NaN where it occurs neither in truth nor in predictions.
    /// </summary>
    public required Estimate Precision { get; init; }

    /// <summary>The share of its cases that are found.</summary>
    public required Estimate Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public required Estimate F1 { get; init; }

    /// <summary>Area under the ROC curve, ties by mid-rank; NaN where no case has the label, or every one.</summary>
    public required Estimate Auroc { get; init; }

    /// <summary>Average precision; NaN where no case has the label.</summary>
    public required Estimate Auprc { get; init; }
}
