namespace CxrAnnotate;

/// <summary>
/// Custom headers of a table's columns, for <see cref="DataCatalog.LoadCsv"/>, <see cref="DataCatalog.LoadParquet"/>,
/// <see cref="DataCatalog.LoadReports"/> and <see cref="DataCatalog.Load"/>.
/// A given header must be in the table, in any case, and replaces the usual names of its column. Null, the default value of each, stands for the
/// usual names.
/// </summary>
public sealed record TableColumns
{
    /// <value>The column of image files; usually <c>image</c>, <c>path</c>, <c>imagepath</c> or <c>image_path</c>.</value>
    public string? Image { get; init; }

    /// <value>The column of annotations; usually <c>annotation</c> or <c>mesh</c>.</value>
    public string? Annotation { get; init; }

    /// <value>The column of studies; usually <c>study</c>, <c>studyid</c> or <c>study_id</c>.</value>
    public string? Study { get; init; }

    /// <value>The column of patients; usually <c>patient</c>, <c>patientid</c> or <c>patient_id</c>.</value>
    public string? Patient { get; init; }

    /// <value>The column of views; usually <c>view</c>.</value>
    public string? View { get; init; }

    /// <value>The column of the images' sources; usually <c>source</c>.</value>
    public string? Source { get; init; }

    /// <value>The column of the sides of a split (train, val, test); usually <c>split</c>.</value>
    public string? Split { get; init; }

    /// <value>The column of the findings of reports; usually <c>findings</c>.</value>
    public string? Findings { get; init; }

    /// <value>The column of the impressions of reports; usually <c>impression</c>.</value>
    public string? Impression { get; init; }

    internal static TableColumns Usual { get; } = new();

    /// <summary>The custom headers.</summary>
    internal IEnumerable<string> Given =>
        ((string?[])[Image, Annotation, Study, Patient, View, Source, Split, Findings, Impression]).OfType<string>();

    /// <exception cref="ArgumentException">A header is empty; the parameter name is the option's.</exception>
    internal void Check()
    {
        foreach (
            (string? header, string name) in ((string?, string)[])
                [
                    (Image, nameof(Image)),
                    (Annotation, nameof(Annotation)),
                    (Study, nameof(Study)),
                    (Patient, nameof(Patient)),
                    (View, nameof(View)),
                    (Source, nameof(Source)),
                    (Split, nameof(Split)),
                    (Findings, nameof(Findings)),
                    (Impression, nameof(Impression)),
                ]
        )
        {
            if (header is not null && string.IsNullOrWhiteSpace(header))
                throw new ArgumentException(
                    ErrorCode.OptionOutOfRange.Message($"{name} must be the header of a column, or null for the usual one."),
                    name
                );
        }
    }
}
