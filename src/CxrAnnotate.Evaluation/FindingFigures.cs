namespace CxrAnnotate;

/// <summary>How well one finding is told to be there or not, over the cases in which it is known. Undefined figures are NaN, never 0.</summary>
public sealed record FindingFigures
{
    /// <summary>The finding's name.</summary>
    public required string Label { get; init; }

    /// <summary>The number of cases that have it.</summary>
    public required int Support { get; init; }

    /// <summary>The number of cases of which it is not known.</summary>
    public required int Unknown { get; init; }

    /// <summary>The number of cases in which it is detected, those of which it is not known left out.</summary>
    public required int Predicted { get; init; }

    /// <summary>
    /// The share of detections that are right; 0 where it is never detected, NaN where it occurs neither in truth nor in detections.
    /// </summary>
    public required Estimate Precision { get; init; }

    /// <summary>The share of its cases in which it is detected.</summary>
    public required Estimate Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public required Estimate F1 { get; init; }

    /// <summary>Area under the ROC curve, ties by mid-rank; NaN where no case has it, or every one.</summary>
    public required Estimate Auroc { get; init; }

    /// <summary>Average precision; NaN where no case has it.</summary>
    public required Estimate Auprc { get; init; }
}
