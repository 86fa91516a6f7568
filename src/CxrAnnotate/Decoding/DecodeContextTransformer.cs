using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// A trained decoder as a stage: from an image's features and label probabilities (with label names as slot names) it writes the annotation, its words, its probability and each word's probability to occur.
/// Rows whose features or probabilities are missing (NaN) get an empty annotation and missing probabilities.
/// </summary>
/// <remarks>The probability of an annotation is P(label | image) * P(words | label, image); the probabilities of labels that the cascade split are added up first.</remarks>
public sealed class DecodeContextTransformer : StageTransformer, IDisposable
{
    private readonly DecodeContextOptions _options;

    internal DecodeContextTransformer(MLContext context, DecoderModel model, DecodeContextOptions options)
        : base(context)
    {
        Model = model;
        _options = options;
    }

    /// <summary>The epochs of the training; null for a decoder that was loaded.</summary>
    public TrainingHistory? History => Model.History;

    /// <summary>The words that have a slot in the column of word probabilities, in order.</summary>
    public IReadOnlyList<string> Words => Model.ReportedWords;

    internal DecoderModel Model { get; }

    /// <summary>Frees the network. Views and prediction engines of this transformer cannot be used afterwards.</summary>
    public void Dispose() => Model.Dispose();

    private protected override BoundMapper Bind(DataViewSchema input) => new DecodeContextMapper(Model, _options, input);
}
