namespace CxrAnnotate;

/// <summary>How the decoder chooses an annotation.</summary>
public enum DecodingSearch
{
    /// <summary>The most probable word at every step.</summary>
    Greedy,

    /// <summary>Beam search: keeps several hypotheses and returns the most probable one.</summary>
    Beam,

    /// <summary>
    /// Random sampling, word by word, as in the authors' program. Reproducible: the result depends only on the seed and the image's features.
    /// </summary>
    Sample,
}
