namespace CxrAnnotate;

/// <summary>Whether grey values are inverted, so that lungs are dark and bones bright, which is how the networks expect them.</summary>
public enum PhotometricHandling
{
    /// <summary>
    /// As the file says: where the format has a mark that its zero is white (TIFF), it is heeded; else the values are taken as they are.
    /// </summary>
    AsStored,

    /// <summary>Every radiograph is inverted.</summary>
    Inverted,

    /// <summary>
    /// A radiograph is inverted where its upper left and right margins are brighter than its middle: heart and spine are bright, the air over the
    /// shoulders is dark. A guess from the values of this radiograph only, the same every time;
    /// how often it is right is measured in docs/inputs.md.
    /// </summary>
    Automatic,
}
