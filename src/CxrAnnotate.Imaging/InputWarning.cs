namespace CxrAnnotate;

/// <summary>What about a radiograph is unlike those that a model was trained on.</summary>
public enum InputWarningKind
{
    /// <summary>
    /// Its black and white are inverted: the margins are brighter than the middle of the chest. In a model that was trained on such images, that they
    /// are not.
    /// </summary>
    LooksInverted,

    /// <summary>
    /// Its grey values, in the mean or in how far they are spread, are outside of those of the images that the model was trained on: a wrong range,
    /// an empty picture, hardly any contrast.
    /// </summary>
    UnusualRange,

    /// <summary>It is a lateral view, and the model was trained only on frontal ones.</summary>
    LateralView,
}

/// <summary>A radiograph that was read, but is unlike those that the model was trained on: its reading is not to be relied on.</summary>
/// <param name="Kind">What is unlike.</param>
/// <param name="Message">The same in words, with figures, and what to do.</param>
public sealed record InputWarning(InputWarningKind Kind, string Message)
{
    /// <summary>The message.</summary>
    public override string ToString() => Message;
}
