namespace CxrAnnotate;

/// <summary>Options of <see cref="DataCatalog.LoadDicom"/>.</summary>
public sealed record LoadDicomOptions
{
    /// <value>
    /// A CSV file with the annotations or reports of the images, which DICOM files do not contain. Its rows name an image (column <c>image</c>: a
    /// path relative to the folder; or <c>sop_instance_uid</c>) or a study (<c>study_instance_uid</c> or <c>accession_number</c>; the row then
    /// applies to all images of the study), and may have the columns <c>annotation</c> (or mesh), <c>findings</c>, <c>impression</c>,
    /// <c>indication</c> and <c>split</c>. Null leaves these columns empty. The default value is null.
    /// </value>
    public string? AnnotationFile { get; init; }

    /// <value>Custom headers of <see cref="AnnotationFile"/>: Image, Study, Annotation and Split are used. The default value has none.</value>
    public TableColumns AnnotationColumns { get; init; } = new();

    /// <value>
    /// A secret key of at least 16 bytes. With it PatientId and StudyId become the first 128 bits of their HMAC-SHA-256, in hexadecimal digits: equal
    /// identifiers have equal values, which cannot be reversed without the key. Ages above 89 become 90, and the institution is dropped. Paths,
    /// report texts and pixels are unchanged. If it is empty, identifiers are kept. The default value is empty.
    /// </value>
    public ReadOnlyMemory<byte> IdentifierKey { get; init; }

    /// <value>Whether to load images that are not radiographs, too; see <see cref="DicomOptions.AcceptAnyModality"/>. The default value is
    /// false.</value>
    public bool AcceptAnyModality { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(AnnotationColumns);
        AnnotationColumns.Check();
        if (IdentifierKey.Length is > 0 and < CxrAnnotate.IdentifierKey.LeastBytes)
            throw new ArgumentOutOfRangeException(
                nameof(IdentifierKey),
                IdentifierKey.Length,
                ErrorCode.OptionOutOfRange.Message(
                    $"IdentifierKey must have at least {CxrAnnotate.IdentifierKey.LeastBytes} bytes, or none; it has {IdentifierKey.Length}."
                )
            );
    }
}
