namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>
    /// Recurrent decoding of an image's context: a network whose state starts as the image's embedding and whose first word is the disease writes the annotation (section 3 of the paper's specification).
    /// </summary>
    /// <param name="outputColumnName">The column of annotations in the MeSH grammar; <c>AnnotationTokens</c>, <c>AnnotationProbability</c> and <c>WordProbability</c> come with it.</param>
    /// <param name="featuresColumnName">The column of image features, a known-size vector of Single.</param>
    /// <param name="labelColumnName">The key column of labels; read when fitting.</param>
    /// <param name="captionColumnName">The text column of captions; read when fitting.</param>
    /// <param name="cell">The recurrent cell.</param>
    /// <param name="search">How an annotation is chosen.</param>
    /// <param name="beamWidth">Hypotheses of beam search, 1 to 1000.</param>
    /// <param name="seed">Seed of the training; null draws one from the context's seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public DecodeContextEstimator DecodeContext(
        string outputColumnName,
        string featuresColumnName,
        string labelColumnName = "Label",
        string captionColumnName = "Caption",
        RecurrentCell cell = RecurrentCell.Gru,
        DecodingSearch search = DecodingSearch.Beam,
        int beamWidth = 8,
        int? seed = null) =>
        new(Context, new DecodeContextOptions
        {
            AnnotationColumnName = outputColumnName,
            FeaturesColumnName = featuresColumnName,
            LabelColumnName = labelColumnName,
            CaptionColumnName = captionColumnName,
            Cell = cell,
            Search = search,
            BeamWidth = beamWidth,
            Seed = seed,
        });

    /// <summary>
    /// Recurrent decoding of an image's context: a network whose state starts as the image's embedding and whose first word is the disease writes the annotation (section 3 of the paper's specification).
    /// </summary>
    /// <param name="options">The network, its training, its search and the columns; null takes the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public DecodeContextEstimator DecodeContext(DecodeContextOptions? options = null) => new(Context, options ?? new DecodeContextOptions());
}
