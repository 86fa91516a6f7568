namespace CxrAnnotate;

/// <summary>How a radiograph differs from those that a model was trained on.</summary>
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
}

/// <summary>A warning that a radiograph differs from those that the model was trained on: its reading is not reliable.</summary>
/// <param name="Kind">The difference.</param>
/// <param name="Message">The difference in words, with figures and advice.</param>
public sealed record InputWarning(InputWarningKind Kind, string Message)
{
    /// <summary>The message.</summary>
    public override string ToString() => Message;
}
