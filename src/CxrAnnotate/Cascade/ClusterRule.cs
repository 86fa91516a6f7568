namespace CxrAnnotate;

/// <summary>How the cascade decides into how many parts a label is split.</summary>
public enum ClusterRule
{
    /// <summary>
    /// The number of clusters with the largest mean silhouette (Rousseeuw, 1987), each of a minimum size; a label whose cases form no groups stays
    /// whole.
    /// </summary>
    Silhouette,

    /// <summary>
    /// The rule of Shin et al. (2016) by the number of cases alone, as their program applies it: every case counts twice; a label with fewer cases
    /// than the rounded sum of the mean and the population standard deviation of all labels' counts stays whole; a larger one is split into one
    /// cluster per 50 counts (that is, per 25 cases), rounded down.
    /// </summary>
    Paper,
}
