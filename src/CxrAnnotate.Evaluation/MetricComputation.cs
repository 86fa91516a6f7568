namespace CxrAnnotate;

/// <summary>Computes a metric on a weighted sample of the cases it was prepared for. It is called from several threads at a time.</summary>
/// <param name="weights">How often each case counts, 0 or more: all 1 for the original cases, other values for the bootstrap resamples.</param>
/// <returns>The metric; NaN if undefined on this sample.</returns>
public delegate double MetricComputation(ReadOnlySpan<int> weights);
