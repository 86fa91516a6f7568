namespace CxrAnnotate;

/// <summary>
/// The columns that a trained cascade reads, and what its image column held in training. It belongs to the cascade on disk as much as the weights do.
/// The defaults are those of the stages, for cascades that were saved before this was kept.
/// </summary>
/// <param name="ImageColumnName">The image column; where rows have none, it is loaded from their files.</param>
/// <param name="PathColumnName">The text column of the image files.</param>
/// <param name="LabelColumnName">The label column; where rows have none, it is mined from their annotations.</param>
/// <param name="ViewColumnName">The text column of the view; null reads none.</param>
/// <param name="Source">What the image column held; null where the training loaded files.</param>
internal sealed record CascadeInput(
    string ImageColumnName = "Image",
    string PathColumnName = "ImagePath",
    string LabelColumnName = "Label",
    string? ViewColumnName = "View",
    ImageSource? Source = null
)
{
    /// <summary>What is wrong with what a file says; null where it is sound.</summary>
    internal string? Problem() =>
        ImageColumnName.Length == 0 || PathColumnName.Length == 0 || LabelColumnName.Length == 0 || ViewColumnName is { Length: 0 }
            ? "a column of the cascade has no name"
        : Source is { } source && !Enum.IsDefined(source) ? "what its image column holds is unknown"
        : null;
}
