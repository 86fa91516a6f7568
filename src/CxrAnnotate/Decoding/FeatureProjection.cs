namespace CxrAnnotate;

/// <summary>How image features become the decoder's initial state.</summary>
public enum FeatureProjection
{
    /// <summary>A matrix that is trained with the decoder. Features as long as the state are the state, as in the paper.</summary>
    Learned,

    /// <summary>
    /// Logistic regressions of the words of the captions on the features, fitted with a strong penalty before the decoder and unchanged while it is
    /// trained: one unit of the state for each word, the others 0. For thousands of features of hundreds of images, which a learnt matrix would
    /// learn by heart.
    /// </summary>
    WordRegression,
}
