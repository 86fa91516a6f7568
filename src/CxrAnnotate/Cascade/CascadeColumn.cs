namespace CxrAnnotate;

/// <summary>A column that a cascade adds: the one list of them, for its estimator, its cursors and the models that it is saved as.</summary>
/// <param name="Output">What the cascade's graph calls it.</param>
/// <param name="Shape">Name and type, before anything is trained.</param>
/// <param name="OfAnnotation">Whether it needs the annotation.</param>
/// <param name="OfWords">Whether it needs the word probabilities.</param>
/// <param name="Of">The column of a trained cascade.</param>
internal sealed record CascadeColumn(
    string Output,
    OutputShape Shape,
    bool OfAnnotation,
    bool OfWords,
    Func<CascadeModel, StageOutput<CascadeReading>> Of
)
{
    /// <summary>All columns of a label scheme, in order: those of the image network, then those of the annotation.</summary>
    internal static IReadOnlyList<CascadeColumn> All(LabelScheme scheme) =>
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
                LabelShape.Of(scheme).Promise("PredictedLabel", "PredictedLabels"),
                model =>
                    LabelShape
                        .Of(scheme)
                        .Output<CascadeReading>("PredictedLabel", "PredictedLabels", model.BaseLabels, r => r.Decisions)
            ),
            .. AnnotationColumn
                .All(new(), scheme)
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
