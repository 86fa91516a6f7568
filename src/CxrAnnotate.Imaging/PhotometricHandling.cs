namespace CxrAnnotate;

/// <summary>Whether grey values are inverted. The networks expect dark lungs and bright bones.</summary>
public enum PhotometricHandling
{
    /// <summary>
    /// As the file declares: a format's mark that zero is white (TIFF) is honoured; otherwise the values are unchanged.
    /// </summary>
    AsStored,

    /// <summary>Every radiograph is inverted.</summary>
    Inverted,

    /// <summary>
    /// A radiograph is inverted if its upper left and right margins are brighter than its middle: normally, heart and spine are bright and the air
    /// over the shoulders is dark. A deterministic guess from the values of this radiograph only; docs/inputs.md reports how often it is right.
    /// </summary>
    Automatic,
}
