namespace CxrAnnotate;

/// <summary>The loss of one finding with predicted probability p.</summary>
public enum BinaryLoss
{
    /// <summary>Binary cross-entropy: -log p, -log(1 - p).</summary>
    CrossEntropy,

    /// <summary>
    /// Cross-entropy times (1 - p)^g for present and p^g for absent findings, so that easy examples count little (Lin et al., Focal Loss for Dense
    /// Object Detection, ICCV 2017).
    /// </summary>
    Focal,

    /// <summary>
    /// Focal loss with separate exponents for present and absent findings, and with the probability of absent findings lowered by a margin, so that
    /// very easy negatives do not count at all (Ridnik et al., Asymmetric Loss for Multi-Label Classification, ICCV 2021).
    /// </summary>
    Asymmetric,
}
