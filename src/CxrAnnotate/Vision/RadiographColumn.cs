using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Reads the images of a view into a <see cref="RadiographSet"/>, without the missing ones.</summary>
internal sealed class RadiographColumn(ImageColumn column) : ReadColumn(column.Column)
{
    private readonly float[] _pixels = new float[column.Height * column.Width];
    private ImageReader? _reader;

    /// <summary>The images that could be read.</summary>
    internal RadiographSet Images { get; } = new(column.Height, column.Width);

    /// <summary>For every row of the view the index of its image in <see cref="Images"/>, or -1 if it is missing.</summary>
    internal List<int> Places { get; } = [];

    internal override void Open(DataViewRow row) => _reader = column.Open(row);

    internal override void Append()
    {
        if (_reader!(_pixels))
        {
            Places.Add(Images.Count);
            Images.Add(_pixels);
        }
        else
        {
            Places.Add(-1);
        }
    }
}
