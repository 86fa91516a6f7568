namespace CxrAnnotate;

/// <summary>What <see cref="ProbabilityCalibration.Apply"/> computes, as operators of a graph.</summary>
internal static class CalibrationGraph
{
    /// <summary>The calibrated probabilities [N, B] of probabilities [N, B]; NaN where these are.</summary>
    internal static OnnxValue Write(OnnxGraph graph, OnnxValue probabilities, ProbabilityCalibration calibration)
    {
        OnnxValue held = graph.Max(probabilities, graph.Scalar(ProbabilityCalibration.Least));
        OnnxValue calibrated;
        if (calibration.Temperature is { } temperature)
            calibrated = graph.Softmax(graph.Mul(graph.Node("Log", [held]), graph.Scalar((float)(1 / temperature))));
        else
        {
            held = graph.Node("Min", [held, graph.Scalar(ProbabilityCalibration.Most)]);
            OnnxValue logit = graph.Sub(graph.Node("Log", [held]), graph.Node("Log", [graph.Sub(graph.Scalar(1f), held)]));
            OnnxValue scaled = graph.Mul(logit, Row("slopes", calibration.Slopes!));
            calibrated = graph.Node("Sigmoid", [graph.Add(scaled, Row("intercepts", calibration.Intercepts!))]);
        }

        return graph.Where(graph.Node("IsNaN", [probabilities]), graph.Scalar(float.NaN), calibrated);

        OnnxValue Row(string name, IReadOnlyList<double> values) => graph.Constant(name, [.. values.Select(value => (float)value)], values.Count);
    }
}
