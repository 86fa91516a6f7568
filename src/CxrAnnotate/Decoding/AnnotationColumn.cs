namespace CxrAnnotate;

/// <summary>An output column of the annotation, shared by the decoder's stage and the cascade.</summary>
/// <param name="Output">The name of the graph output (<see cref="DecoderGraph"/>).</param>
/// <param name="Shape">Name and type, known before training.</param>
/// <param name="OfWords">Whether it needs the word probabilities instead of the annotation.</param>
/// <param name="Of">Creates the column for a decoder and its base labels.</param>
internal sealed record AnnotationColumn(
    string Output,
    OutputShape Shape,
    bool OfWords,
    Func<DecoderModel, IReadOnlyList<string>, StageOutput<AnnotatedImage>> Of
)
{
    /// <summary>All columns of a label scheme, in order.</summary>
    /// <param name="names">The names of the columns.</param>
    /// <param name="scheme">The label scheme.</param>
    /// <param name="attends">Whether the decoder attends to regions.</param>
    internal static IReadOnlyList<AnnotationColumn> All(DecodeContextOptions names, LabelScheme scheme, bool attends)
    {
        List<AnnotationColumn> columns =
        [
            new(
                "Annotation",
                OutputShape.Text(names.AnnotationColumnName),
                OfWords: false,
                (model, _) =>
                    StageOutput<AnnotatedImage>.Text(
                        names.AnnotationColumnName,
                        a => CaptionText.Print(a.Tokens, model.Vocabulary.DisplayForms)
                    )
            ),
            new(
                "AnnotationTokens",
                OutputShape.Text(names.TokensColumnName),
                OfWords: false,
                (_, _) => StageOutput<AnnotatedImage>.Text(names.TokensColumnName, a => string.Join(' ', a.Tokens))
            ),
            new(
                "AnnotationProbability",
                OutputShape.Single(names.ProbabilityColumnName),
                OfWords: false,
                (_, _) => StageOutput<AnnotatedImage>.Single(names.ProbabilityColumnName, a => a.Probability)
            ),
            new(
                "WordProbability",
                OutputShape.NamedVector(names.WordProbabilityColumnName),
                OfWords: true,
                (model, _) =>
                    StageOutput<AnnotatedImage>.Vector(names.WordProbabilityColumnName, model.ReportedWords, a => a.WordProbabilities!)
            ),
        ];
        if (scheme == LabelScheme.Independent)
            columns.Add(
                new(
                    "FindingProbability",
                    OutputShape.NamedVector(names.FindingProbabilityColumnName),
                    OfWords: false,
                    (_, labels) => StageOutput<AnnotatedImage>.Vector(names.FindingProbabilityColumnName, labels, a => a.LabelProbabilities)
                )
            );
        columns.Add(
            new(
                "ContextVector",
                OutputShape.Vector(names.ContextVectorColumnName),
                OfWords: false,
                (model, _) =>
                    StageOutput<AnnotatedImage>.Vector(
                        names.ContextVectorColumnName,
                        model.Configuration.HiddenSize,
                        a => a.ContextVector!
                    )
            )
        );
        if (attends)
            columns.Add(
                new(
                    "WordAttention",
                    OutputShape.Vector(names.WordAttentionColumnName),
                    OfWords: false,
                    (model, _) =>
                        StageOutput<AnnotatedImage>.Vector(
                            names.WordAttentionColumnName,
                            model.ReportedWords.Count * model.Configuration.Attention!.Count,
                            a => a.WordAttention!
                        )
                )
            );
        return columns;
    }
}
