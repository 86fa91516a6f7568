namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>Featurizes radiographs by a convolutional network trained to tell their disease labels: Features, Score, PredictedLabel.</summary>
    /// <param name="imageColumnName">The image column, grey values in [0, 1].</param>
    /// <param name="labelColumnName">The label column, a key.</param>
    /// <param name="architecture">The network.</param>
    /// <param name="epochs">Passes over the rebalanced rows.</param>
    public ClassifyDiseaseEstimator ClassifyDisease(string imageColumnName = "Image", string labelColumnName = "Label",
        CnnArchitecture architecture = CnnArchitecture.ResNet18Slim, int epochs = 30) =>
        ClassifyDisease(new ClassifyDiseaseOptions
        {
            ImageColumnName = imageColumnName,
            LabelColumnName = labelColumnName,
            Architecture = architecture,
            Optimization = new() { Epochs = epochs },
        });

    /// <summary>Featurizes radiographs by a convolutional network trained to tell their disease labels: Features, Score, PredictedLabel.</summary>
    /// <param name="options">All options.</param>
    public ClassifyDiseaseEstimator ClassifyDisease(ClassifyDiseaseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ClassifyDiseaseEstimator(Context, options);
    }
}
