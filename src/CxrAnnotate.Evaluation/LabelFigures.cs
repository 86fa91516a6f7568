namespace CxrAnnotate;

/// <summary>How well the model detects one label, over the cases in which it is known. Undefined figures are NaN, never 0.</summary>
public sealed record LabelFigures
{
    /// <summary>The label's name.</summary>
    public required string Label { get; init; }

    /// <summary>The number of cases that have it.</summary>
    public required int Support { get; init; }

    /// <summary>The number of cases in which it is unknown.</summary>
    public int Unknown { get; init; }

    /// <summary>The number of cases for which it is predicted, without those in which it is unknown.</summary>
    public required int Predicted { get; init; }

    /// <summary>
    /// The share of its predictions that are correct; 0 if it is never predicted, NaN if it occurs neither in truth nor in predictions.
    /// </summary>
    public required Estimate Precision { get; init; }

    /// <summary>The share of its cases that are found.</summary>
    public required Estimate Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public required Estimate F1 { get; init; }

    /// <summary>Area under the ROC curve, ties by mid-rank; NaN if no case or every case has the label.</summary>
    public required Estimate Auroc { get; init; }

    /// <summary>Average precision; NaN if no case has the label.</summary>
    public required Estimate Auprc { get; init; }
}
