namespace CxrAnnotate;

/// <summary>The program that extracted the labels of MIMIC-CXR from the reports.</summary>
public enum MimicCxrLabels
{
    /// <summary>The labeler of CheXpert: <c>mimic-cxr-2.0.0-chexpert.csv.gz</c>.</summary>
    CheXpert,

    /// <summary>NegBio: <c>mimic-cxr-2.0.0-negbio.csv.gz</c>.</summary>
    NegBio,
}
