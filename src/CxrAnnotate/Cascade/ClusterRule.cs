namespace CxrAnnotate;

/// <summary>How the number of parts of a label is chosen.</summary>
public enum ClusterRule
{
    /// <summary>
    /// The number of clusters with the largest mean silhouette (Rousseeuw, 1987), each of a minimum size; a label whose cases form no groups is not
    /// split.
    /// </summary>
    Silhouette,

    /// <summary>
    /// The rule of Shin et al. (2016), as their program applies it, which uses only the number of cases: every case counts twice; a label with a
    /// count below the rounded sum of the mean and the population standard deviation of all labels' counts is not split; others are split into one
    /// cluster per 50 counts (25 cases), rounded down.
    /// </summary>
    Paper,
}
