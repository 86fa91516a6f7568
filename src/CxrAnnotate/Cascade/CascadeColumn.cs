namespace CxrAnnotate;

/// <summary>An output column of the cascade, shared by its estimator, its cursors and its saved models.</summary>
/// <param name="Output">The name of the graph output.</param>
/// <param name="Shape">Name and type, known before training.</param>
/// <param name="OfAnnotation">Whether it needs the annotation.</param>
/// <param name="OfWords">Whether it needs the word probabilities.</param>
/// <param name="Of">Creates the column for a trained cascade.</param>
internal sealed record CascadeColumn(
    string Output,
    OutputShape Shape,
    bool OfAnnotation,
    bool OfWords,
    Func<CascadeModel, StageOutput<CascadeReading>> Of
)
{
    /// <summary>All columns of a cascade.</summary>
    internal static IReadOnlyList<CascadeColumn> All(CascadeModel model) => All(model.Scheme, model.Decoder.Configuration.Attention is not null);

    /// <summary>All columns of a label scheme, in order: those of the image network, then those of the annotation.</summary>
    /// <param name="scheme">The label scheme.</param>
    /// <param name="attends">Whether the decoder attends to regions.</param>
    internal static IReadOnlyList<CascadeColumn> All(LabelScheme scheme, bool attends) =>
        [
            OfImage(
                "Features",
                OutputShape.Vector("Features"),
                model => StageOutput<CascadeReading>.Vector("Features", model.Classifier.Network.EmbeddingSize, r => r.Features)
            ),
            OfImage(
                "Score",
                OutputShape.NamedVector("Score"),
                model => StageOutput<CascadeReading>.Vector("Score", model.BaseLabels, r => r.Scores)
            ),
            OfImage(
                "ScoreEntropy",
                OutputShape.Single("ScoreEntropy"),
                model => StageOutput<CascadeReading>.Single("ScoreEntropy", r => model.Scheme.Entropy(r.Scores))
            ),
            OfImage(
                LabelShape.Of(scheme).GraphName,
                LabelShape.Of(scheme).Declare("PredictedLabel", "PredictedLabels"),
                model =>
                    LabelShape
                        .Of(scheme)
                        .Output<CascadeReading>("PredictedLabel", "PredictedLabels", model.BaseLabels, r => r.Decisions)
            ),
            .. AnnotationColumn
                .All(new(), scheme, attends)
                .Select(column => new CascadeColumn(
                    column.Output,
                    column.Shape,
                    OfAnnotation: !column.OfWords,
                    column.OfWords,
                    model =>
                    {
                        StageOutput<AnnotatedImage> of = column.Of(model.Decoder, model.BaseLabels);
                        return new(of.Column, row => of.Getter(() => row().Annotation!));
                    }
                )),
        ];

    private static CascadeColumn OfImage(string output, OutputShape shape, Func<CascadeModel, StageOutput<CascadeReading>> of) =>
        new(output, shape, OfAnnotation: false, OfWords: false, of);
}
