using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>What the validation rows say of a trained model's outputs, stored with the model.</summary>
internal sealed record ModelReliability
{
    /// <summary>What Score's probabilities are calibrated by; null leaves them as the network gives them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProbabilityCalibration? Calibration { get; init; }

    /// <summary>The thresholds of conformal sets; null without validation rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConformalThresholds? Conformal { get; init; }

    /// <summary>How far features are from those of the training images; null with too few rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FeatureDistance? Distance { get; init; }

    /// <summary>The problem with values read from a file; null if they are sound.</summary>
    /// <param name="scheme">How the model's labels relate.</param>
    /// <param name="labels">Their number.</param>
    internal string? Problem(LabelScheme scheme, int labels) =>
        Calibration?.Fits(scheme, labels) == false ? "its calibration does not fit its labels"
        : Conformal?.Fits(scheme, labels) == false ? "its conformal thresholds do not fit its labels"
        : Distance?.IsSound == false ? "its statistics of the training features are out of range"
        : null;
}
