namespace CxrAnnotate;

/// <summary>The loss of one finding, present or absent, of probability p.</summary>
public enum BinaryLoss
{
    /// <summary>Binary cross-entropy: -log p, -log(1 - p).</summary>
    CrossEntropy,

    /// <summary>
    /// Cross-entropy times (1 - p)^g for what is present and p^g for what is absent, so that what is easy counts little (Lin et al., Focal Loss for
    /// Dense Object Detection, ICCV 2017).
    /// </summary>
    Focal,

    /// <summary>
    /// As focal, with an exponent of its own for present and absent, and the probability of what is absent lowered by a margin, so that very easy
    /// negatives do not count at all
    /// (Ridnik et al., Asymmetric Loss for Multi-Label Classification, ICCV 2021).
    /// </summary>
    Asymmetric,
}
