namespace CxrAnnotate;

/// <summary>How an annotation is chosen among all that the decoder gives a probability.</summary>
public enum DecodingSearch
{
    /// <summary>The likeliest word at every step.</summary>
    Greedy,

    /// <summary>Beam search: the likeliest annotation found when several are carried along.</summary>
    Beam,

    /// <summary>
    /// A random draw, word by word, as the authors' program did it. Reproducible: the draw depends on the seed and the image's features alone.
    /// </summary>
    Sample,
}
