namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>Reads image files into vectors of grey values in [0, 1] with dimensions [1, height, width]. See <see cref="LoadRadiographsEstimator"/>.</summary>
    /// <param name="outputColumnName">The column to write.</param>
    /// <param name="inputColumnName">The text column of the image files.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="imageFolder">The folder that relative paths start from; null is the working folder.</param>
    public LoadRadiographsEstimator LoadRadiographs(string outputColumnName = "Image", string inputColumnName = "ImagePath", int height = 256, int width = 256, string? imageFolder = null) =>
        LoadRadiographs(new LoadRadiographsOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Height = height, Width = width, ImageFolder = imageFolder });

    /// <summary>Reads image files into vectors of grey values, with all options.</summary>
    /// <param name="options">Sizes, fit, limits and columns.</param>
    public LoadRadiographsEstimator LoadRadiographs(LoadRadiographsOptions options) => new(Context, options);
}
