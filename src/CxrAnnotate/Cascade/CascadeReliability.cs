namespace CxrAnnotate;

/// <summary>Measures a trained iteration on rows that it was not trained on.</summary>
internal static class CascadeReliability
{
    /// <summary>What held-out rows say of a model's outputs.</summary>
    /// <param name="model">The model; whatever it was measured on before is not used.</param>
    /// <param name="truth">The truth of the base labels, by row: 1 present, 0 absent, NaN unknown.</param>
    /// <param name="held">The image network's features and scores of these rows.</param>
    /// <param name="trained">The features of training rows; null if they are not at hand.</param>
    internal static ModelReliability Of(
        CascadeModel model,
        float[][] truth,
        (float[][] Features, float[][] Scores) held,
        IReadOnlyList<float[]>? trained
    )
    {
        int[] baseOf = BaseLabels.Indices(model.Classifier.Configuration.Labels);
        float[][] probabilities = [.. held.Scores.Select(scores => model.Scheme.Fold(baseOf, scores))];
        ProbabilityCalibration? calibration = ProbabilityCalibration.Fit(model.Scheme, probabilities, truth);
        if (calibration is not null)
            probabilities = [.. probabilities.Select(p => calibration.Apply(p))];
        return new ModelReliability
        {
            Calibration = calibration,
            Conformal = ConformalThresholds.Fit(model.Scheme, probabilities, truth),
            Distance = trained is null ? null : FeatureDistance.Fit(trained, held.Features),
        };
    }
}
