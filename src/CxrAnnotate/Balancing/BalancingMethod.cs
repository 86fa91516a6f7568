namespace CxrAnnotate;

/// <summary>How often the rows of each class are drawn in an epoch.</summary>
public enum BalancingMethod
{
    /// <summary>
    /// The paper's method: each epoch omits most normal rows, different ones each time, and repeats rows of a disease, so that every class is drawn
    /// equally often, by default four times the number of rows of the most frequent disease (Shin et al., 2016, section 4).
    /// </summary>
    DataDropout,

    /// <summary>
    /// Every class is drawn equally often and an epoch has as many rows as the labelled data: rows / (classes * rows of the class).
    /// </summary>
    InverseFrequency,

    /// <summary>
    /// In inverse proportion to the effective number of rows, (1 - beta^n) / (1 - beta) (Cui et al., CVPR 2019); an epoch has as many rows as the
    /// labelled data.
    /// </summary>
    EffectiveNumber,

    /// <summary>Every labelled row once.</summary>
    None,
}
