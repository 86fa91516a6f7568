using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace CxrAnnotate;

/// <summary>The image column of a saved model: its type, and the pixels that its graph reads.</summary>
/// <param name="Column">The column.</param>
/// <param name="Type">Its type.</param>
/// <param name="GraphInput">The column that the graph reads.</param>
/// <param name="Channels">Its channels: 1 (grey) or 3 (red, green, blue).</param>
internal sealed record SavedImageColumn(string Column, DataViewType Type, string GraphInput, int Channels)
{
    private const string Pixels = "CxrImagePixels";

    internal static SavedImageColumn Of(string column, ImageSource source, int height, int width) =>
        source switch
        {
            ImageSource.Bitmap => new(column, new ImageDataViewType(height, width), Pixels, 3),
            ImageSource.Color => new(column, new VectorDataViewType(NumberDataViewType.Single, 3, height, width), column, 3),
            _ => new(column, new VectorDataViewType(NumberDataViewType.Single, 1, height, width), column, 1),
        };

    /// <summary>Adds the extraction of pixels from ML.NET's own images.</summary>
    internal SavedChain Prepare(MLContext context, SavedChain chain) =>
        GraphInput == Column ? chain : chain.Add(context.Transforms.ExtractPixels(Pixels, Column, scaleImage: 1f / 255)).Scratch(Pixels);
}
