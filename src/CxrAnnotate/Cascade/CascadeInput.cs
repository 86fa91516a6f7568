namespace CxrAnnotate;

/// <summary>
/// The input columns of a trained cascade, and the kind of its image column in training. It is saved with the cascade; the defaults, those of the
/// stages, apply to older cascades.
/// </summary>
/// <param name="ImageColumnName">The image column; if absent, images are loaded from files.</param>
/// <param name="PathColumnName">The text column of the image files.</param>
/// <param name="LabelColumnName">The label column; if absent, labels are mined from annotations.</param>
/// <param name="ViewColumnName">The text column of the view; null reads none.</param>
/// <param name="Source">The kind of the image column; null if the training loaded files.</param>
internal sealed record CascadeInput(
    string ImageColumnName = "Image",
    string PathColumnName = "ImagePath",
    string LabelColumnName = "Label",
    string? ViewColumnName = "View",
    ImageSource? Source = null
)
{
    /// <summary>The problem with a file's content; null if it is valid.</summary>
    internal string? Problem() =>
        ImageColumnName.Length == 0 || PathColumnName.Length == 0 || LabelColumnName.Length == 0 || ViewColumnName is { Length: 0 }
            ? "a column of the cascade has no name"
        : Source is { } source && !Enum.IsDefined(source) ? "the kind of its image column is unknown"
        : null;
}
