using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace CxrAnnotate;

/// <summary>
/// An image column as the networks read it: grey values in [0, 1] of one known size. It accepts vectors of Single with dimensions [1, H, W], [H, W]
/// or [3, H, W] (red, green, blue, as from ML.NET's ExtractPixels with scaleImage 1/255) and ML.NET's own images of known size.
/// </summary>
internal sealed class ImageColumn
{
    internal const string Expected =
        "a vector of Single with dimensions [1, H, W] (LoadRadiographs) or [3, H, W] (ExtractPixels with scaleImage: 1f / 255), or an image of "
        + "known size (ResizeImages)";
    private readonly DataViewSchema.Column _column;
    private readonly int _channels;

    internal ImageColumn(DataViewSchema schema, string name)
    {
        _column = SchemaChecks.RequireColumn(schema, name, IsImage, Expected, "image");
        Name = name;
        if (_column.Type is ImageDataViewType image)
        {
            (Height, Width, _channels) = (image.Height, image.Width, 0);
            return;
        }

        var dimensions = ((VectorDataViewType)_column.Type).Dimensions;
        (_channels, Height, Width) = dimensions.Length == 2 ? (1, dimensions[0], dimensions[1]) : (dimensions[0], dimensions[1], dimensions[2]);
    }

    internal string Name { get; }

    internal int Height { get; }

    internal int Width { get; }

    internal DataViewSchema.Column Column => _column;

    /// <summary>The kind of images.</summary>
    internal ImageSource Source =>
        _channels switch
        {
            0 => ImageSource.Bitmap,
            1 => ImageSource.Grey,
            _ => ImageSource.Color,
        };

    /// <summary>Whether a schema shape's column can be an image column; only the schema has its dimensions.</summary>
    internal static bool IsImageShape(SchemaShape.Column column) =>
        (column.Kind == SchemaShape.Column.VectorKind.Vector && column.ItemType == NumberDataViewType.Single)
        || (column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType is ImageDataViewType);

    /// <summary>Checks that the images have the network's input size.</summary>
    internal void RequireSize(int height, int width)
    {
        if (Height != height || Width != width)
            throw SchemaChecks.Mismatch(Name, $"images of {height} x {width}, which the network was trained on", $"{Height} x {Width}", "image");
    }

    /// <summary>
    /// A reader of the row's image. It returns false and leaves the pixels undefined if the image is missing (its file could not be read).
    /// </summary>
    internal ImageReader Open(DataViewRow row)
    {
        if (_column.Type is ImageDataViewType)
        {
            ValueGetter<MLImage> bitmap = row.GetGetter<MLImage>(row.Schema[_column.Index]);
            MLImage current = null!;
            return pixels =>
            {
                bitmap(ref current);
                if (current is null)
                    return false;
                FromBitmap(current, pixels);
                return true;
            };
        }

        ValueGetter<VBuffer<float>> vector = row.GetGetter<VBuffer<float>>(row.Schema[_column.Index]);
        VBuffer<float> values = default;
        var dense = new float[_channels * Height * Width];
        return pixels =>
        {
            vector(ref values);
            values.CopyTo(dense);
            return FromVector(dense, pixels);
        };
    }

    private bool FromVector(float[] values, Span<float> pixels)
    {
        if (float.IsNaN(values[0]))
            return false;
        int plane = Height * Width;
        if (_channels == 1)
        {
            values.CopyTo(pixels);
        }
        else
        {
            for (int i = 0; i < plane; i++)
                pixels[i] = Luma.Of(values[i], values[plane + i], values[(2 * plane) + i]);
        }

        foreach (float value in pixels[..plane])
        {
            if (!(value is > -0.01f and < 1.01f))
            {
                throw new FormatException(
                    ErrorCode.GreyValueOutOfRange.Message(
                        $"Image column '{Name}' contains the value {value}; grey values must be in [0, 1]. "
                            + "LoadRadiographs provides such values; with ML.NET's ExtractPixels, set scaleImage to 1f / 255."
                    )
                );
            }
        }

        return true;
    }

    private void FromBitmap(MLImage image, Span<float> pixels)
    {
        if (image.Height != Height || image.Width != Width)
            throw new InvalidOperationException(
                ErrorCode.ImageColumnSize.Message(
                    $"Image column '{Name}' declares {Height} x {Width} pixels, but a row has {image.Height} x {image.Width}."
                )
            );
        ReadOnlySpan<byte> bytes = image.Pixels;
        int red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
        int blue = 2 - red;
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = Luma.Of(bytes[(4 * i) + red], bytes[(4 * i) + 1], bytes[(4 * i) + blue]) * (1f / 255);
    }

    private static bool IsImage(DataViewType type) =>
        type switch
        {
            ImageDataViewType image => image is { Height: > 1, Width: > 1 },
            VectorDataViewType { IsKnownSize: true } vector when vector.ItemType == NumberDataViewType.Single => vector.Dimensions switch
            {
                [> 1, > 1] => true,
                [1 or 3, > 1, > 1] => true,
                _ => false,
            },
            _ => false,
        };
}

/// <summary>The kind of an image column.</summary>
internal enum ImageSource
{
    /// <summary>Grey values, [1, H, W] or [H, W].</summary>
    Grey,

    /// <summary>Red, green and blue, [3, H, W].</summary>
    Color,

    /// <summary>ML.NET's own images.</summary>
    Bitmap,
}

/// <summary>Reads the current row's grey values; false if the image is missing.</summary>
internal delegate bool ImageReader(Span<float> pixels);
