using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Entry point from ML.NET to this library.</summary>
public static class MLContextExtensions
{
    /// <summary>
    /// The stages of the recurrent neural cascade for chest X-rays: label mining, rebalancing, featurization, context decoding, relabeling.
    /// </summary>
    /// <param name="mlContext">The context whose seed, log and device choice the stages use.</param>
    public static ChestXrayCatalog ChestXray(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        // Also here, in case the program loads torch itself.
        OpenMpWaiting.Bound();
        ReproducibleSums.Required();
        return new ChestXrayCatalog(mlContext);
    }
}
