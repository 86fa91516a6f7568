namespace CxrAnnotate;

/// <summary>One radiograph of a study and what is known of it. The row type of the views that <see cref="DataCatalog"/> makes; text that is not known is empty.</summary>
public sealed class RadiographRecord
{
    /// <value>The image file. The default value is empty.</value>
    public string ImagePath { get; init; } = "";

    /// <value>
    /// The annotation in the MeSH grammar of the Open-i collection: terms joined by '|', a term being a heading and its qualifiers joined by '/', for example
    /// <c>Calcified Granuloma/lung/upper lobe/right|Opacity/lung/base</c>; the single term <c>normal</c> where there is no finding. The default value is empty.
    /// </value>
    public string Mesh { get; init; } = "";

    /// <value>The top terms that the authors of the paper made of <see cref="Mesh"/>; only their own list has them. The default value is empty.</value>
    public string MeshTop { get; init; } = "";

    /// <value>The study (one examination, of one or several images). The default value is empty.</value>
    public string StudyId { get; init; } = "";

    /// <value>The patient, where known, else the study. The default value is empty.</value>
    public string PatientId { get; init; } = "";

    /// <value>The view as its source names it (Frontal, Lateral, PA, AP, ...). The default value is empty.</value>
    public string View { get; init; } = "";

    /// <value>The collection or hospital that the image comes from. The default value is empty.</value>
    public string Source { get; init; } = "";

    /// <value>The side of a fixed split (train, val, test), where the source fixes one. The default value is empty.</value>
    public string Split { get; init; } = "";

    /// <value>The findings section of the report. The default value is empty.</value>
    public string Findings { get; init; } = "";

    /// <value>The impression section of the report. The default value is empty.</value>
    public string Impression { get; init; } = "";

    /// <value>The indication section of the report: why the radiograph was asked for. The default value is empty.</value>
    public string Indication { get; init; } = "";

    /// <value>The patient's sex as its source says it: M, F or O. The default value is empty.</value>
    public string PatientSex { get; init; } = "";

    /// <value>The patient's age in years at the examination. The default value is NaN, not known.</value>
    public float PatientAge { get; init; } = float.NaN;

    /// <value>The modality by its DICOM term (CR, DX, ...). The default value is empty.</value>
    public string Modality { get; init; } = "";

    /// <value>The body part by its DICOM term (CHEST, ...). The default value is empty.</value>
    public string BodyPart { get; init; } = "";

    /// <value>The side of a paired body part: L, R, U (unpaired) or B (both). The default value is empty.</value>
    public string Laterality { get; init; } = "";

    /// <value>The maker of the X-ray unit. The default value is empty.</value>
    public string Manufacturer { get; init; } = "";
}
