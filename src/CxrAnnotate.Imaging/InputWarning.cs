namespace CxrAnnotate;

/// <summary>Why a radiograph may be read wrongly: how it differs from those that a model was trained on, or what its file says wrong.</summary>
public enum InputWarningKind
{
    /// <summary>
    /// Black and white look inverted: the margins are brighter than the middle of the chest. For a model that was trained on inverted images: they do
    /// not look inverted.
    /// </summary>
    LooksInverted,

    /// <summary>
    /// The mean or spread of the grey values is outside the range of the training images: a wrong value range, an empty image, hardly any contrast.
    /// </summary>
    UnusualRange,

    /// <summary>It is a lateral view, and the model was trained on frontal views only.</summary>
    LateralView,

    /// <summary>
    /// The file does not keep to the standard, but has one sane reading: the message names the attribute, what it says, and what was taken instead.
    /// With <see cref="DicomOptions.Strict"/> such a file is refused.
    /// </summary>
    ReadLeniently,

    /// <summary>
    /// Its features are farther from those of the training images than those of 99 % of the validation images: it may be another part of the body,
    /// another projection, a part of a radiograph, or none.
    /// </summary>
    UnlikeTraining,
}

/// <summary>A warning that the reading of a radiograph may not be reliable.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Message">The reason in words, with figures and advice.</param>
public sealed record InputWarning(InputWarningKind Kind, string Message)
{
    /// <summary>The warnings of a file that was read leniently.</summary>
    internal static IReadOnlyList<InputWarning> Of(DicomNotes notes) =>
        [.. notes.Sentences.Select(sentence => new InputWarning(InputWarningKind.ReadLeniently, sentence))];

    /// <summary>The message.</summary>
    public override string ToString() => Message;
}
