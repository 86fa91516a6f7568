namespace CxrAnnotate;

/// <summary>The features to train a decoder on: those of the image and of its augmented variants, if any.</summary>
internal sealed class FeatureViewsColumn
{
    private readonly SingleVectorColumn _features;
    private readonly SingleVectorColumn? _views;

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    internal FeatureViewsColumn(ColumnReader reader, DecodeContextOptions options)
    {
        _features = reader.Vector(options.FeaturesColumnName, "feature");
        _views = reader.OptionalVector(options.FeatureViewsColumnName, "feature");
        if (_views is not null && _views.Size % _features.Size != 0)
            throw SchemaChecks.Mismatch(
                options.FeatureViewsColumnName,
                $"a matrix of Single with {_features.Size} columns",
                _views.Column.Type.ToString()!,
                "feature"
            );
    }

    /// <summary>Whether a row has no missing values.</summary>
    internal bool IsSound(int row) =>
        Array.TrueForAll(_features.Values[row], float.IsFinite) && (_views is null || Array.TrueForAll(_views.Values[row], float.IsFinite));

    /// <summary>The features of a row's image and its variants.</summary>
    internal IReadOnlyList<float[]> Of(int row) =>
        _views is null ? [_features.Values[row]] : [_features.Values[row], .. _views.Values[row].Chunk(_features.Size)];
}
