namespace CxrAnnotate;

/// <summary>A column of an annotation: the one list of them that the decoder's stage and the cascade show.</summary>
/// <param name="Output">What the decoder's graph calls it (<see cref="DecoderGraph"/>).</param>
/// <param name="Shape">Name and type, before anything is trained.</param>
/// <param name="OfWords">Whether it needs the word probabilities; else it needs the annotation.</param>
/// <param name="Of">The column of a decoder whose base labels are given.</param>
internal sealed record AnnotationColumn(
    string Output,
    OutputShape Shape,
    bool OfWords,
    Func<DecoderModel, IReadOnlyList<string>, StageOutput<AnnotatedImage>> Of
)
{
    /// <summary>All columns of a label scheme, in order.</summary>
    internal static IReadOnlyList<AnnotationColumn> All(DecodeContextOptions names, LabelScheme scheme)
    {
        AnnotationColumn[] columns =
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
        return scheme != LabelScheme.Independent
            ? columns
            :
            [
                .. columns,
                new(
                    "FindingProbability",
                    OutputShape.NamedVector(names.FindingProbabilityColumnName),
                    OfWords: false,
                    (_, labels) => StageOutput<AnnotatedImage>.Vector(names.FindingProbabilityColumnName, labels, a => a.LabelProbabilities)
                ),
            ];
    }
}
