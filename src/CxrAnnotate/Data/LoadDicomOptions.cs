namespace CxrAnnotate;

/// <summary>Options of <see cref="DataCatalog.LoadDicom"/>.</summary>
public sealed record LoadDicomOptions
{
    /// <value>
    /// A CSV file with the annotations or reports that belong to the images, which DICOM files do not hold. Its rows name an image (column
    /// <c>image</c>: a path from the folder on; or <c>sop_instance_uid</c>) or a study
    /// (<c>study_instance_uid</c> or <c>accession_number</c>; then all images of the study get them), and give <c>annotation</c> (or mesh),
    /// <c>findings</c>, <c>impression</c>, <c>indication</c> and <c>split</c>, where present. Null leaves these columns empty. The default value is
    /// null.
    /// </value>
    public string? AnnotationFile { get; init; }

    /// <value>Headers of <see cref="AnnotationFile"/> in place of the usual ones: Image, Study, Annotation and Split count. The default value has
    /// none.</value>
    public TableColumns AnnotationColumns { get; init; } = new();

    /// <value>
    /// A secret key of at least 16 bytes. With it PatientId and StudyId are the first 128 bits of HMAC-SHA-256 under the key, in hexadecimal digits:
    /// the same for the same identifier, and of no use without the key;
    /// ages above 89 become 90, and the institution is not taken. Paths, report texts and the pixels themselves stay as they are. Empty keeps what
    /// the files say. The default value is empty.
    /// </value>
    public ReadOnlyMemory<byte> IdentifierKey { get; init; }

    /// <value>Whether images that are no radiographs are rows, too; see <see cref="DicomOptions.AcceptAnyModality"/>. The default value is
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
