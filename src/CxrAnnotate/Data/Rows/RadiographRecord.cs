namespace CxrAnnotate;

/// <summary>
/// One radiograph of a study with its data. The row type of the views of all loaders of <see cref="DataCatalog"/>; unknown text is empty.
/// </summary>
public sealed class RadiographRecord
{
    /// <value>The image file. The default value is empty.</value>
    public string ImagePath { get; init; } = "";

    /// <value>
    /// The annotation in the MeSH grammar of the Open-i collection: terms joined by '|', a term being a heading and its qualifiers joined by '/', for
    /// example <c>Calcified Granuloma/lung/upper lobe/right|Opacity/lung/base</c>; the single term <c>normal</c> if there is no finding; empty if
    /// unknown.
    /// The default value is empty.
    /// </value>
    public string Mesh { get; init; } = "";

    /// <value>The top terms that the paper's authors derived from <see cref="Mesh"/>; only their list has them. The default value is
    /// empty.</value>
    public string MeshTop { get; init; } = "";

    /// <value>The terms that a program extracted from the report (the automatic terms of the National Library of Medicine), joined by '|'; only
    /// Open-i reports have them. The default value is empty.</value>
    public string MeshAutomatic { get; init; } = "";

    /// <value>The findings that the source labels as present, in its own words, joined by '|'. The default value is empty.</value>
    public string FindingLabels { get; init; } = "";

    /// <value>
    /// The findings that the source labels as absent, in its own words, joined by '|'. A finding of the source that is neither here nor in
    /// <see cref="FindingLabels"/> nor in <see cref="UncertainLabels"/> was not mentioned: it is unknown. The default value is empty.
    /// </value>
    public string AbsentLabels { get; init; } = "";

    /// <value>The findings that the source labels as uncertain, in its own words, joined by '|'; <see cref="UncertaintyPolicy"/> decides how they
    /// appear in <see cref="Mesh"/>. The default value is empty.</value>
    public string UncertainLabels { get; init; } = "";

    /// <value>
    /// The findings that are absent, as headings of <see cref="Mesh"/>, joined by '|': the <see cref="AbsentLabels"/> in the words of the
    /// annotations. <see cref="MineLabelsOptions.AbsentColumnName"/> can read it.
    /// The default value is empty.
    /// </value>
    public string AbsentFindings { get; init; } = "";

    /// <value>
    /// The findings whose presence is uncertain, as headings of <see cref="Mesh"/>, joined by '|'; empty if the <see cref="UncertaintyPolicy"/>
    /// decides on them.
    /// <see cref="MineLabelsOptions.UncertainColumnName"/> can read it. The default value is empty.
    /// </value>
    public string UncertainFindings { get; init; } = "";

    /// <value>The study (one examination with one or more images). The default value is empty.</value>
    public string StudyId { get; init; } = "";

    /// <value>The patient if known, otherwise the study. The default value is empty.</value>
    public string PatientId { get; init; } = "";

    /// <value>The view as its source names it (Frontal, Lateral, PA, AP, ...). The default value is empty.</value>
    public string View { get; init; } = "";

    /// <value>The collection or hospital that the image comes from. The default value is empty.</value>
    public string Source { get; init; } = "";

    /// <value>The side of the source's fixed split (train, val, test), if any. The default value is empty.</value>
    public string Split { get; init; } = "";

    /// <value>The findings section of the report. The default value is empty.</value>
    public string Findings { get; init; } = "";

    /// <value>The impression section of the report. The default value is empty.</value>
    public string Impression { get; init; } = "";

    /// <value>The indication section of the report: why the radiograph was taken. The default value is empty.</value>
    public string Indication { get; init; } = "";

    /// <value>The comparison section of the report: the earlier examinations. The default value is empty.</value>
    public string Comparison { get; init; } = "";

    /// <value>The language of the report's sections, as an ISO 639-1 code (en, es). The default value is empty.</value>
    public string Language { get; init; } = "";

    /// <value>The patient's sex: <c>M</c>, <c>F</c>, or empty if unknown or neither. The default value is empty.</value>
    public string PatientSex { get; init; } = "";

    /// <value>The patient's age at the examination in years, 0 to 120; NaN if unknown. The default value is NaN.</value>
    public float PatientAge { get; init; } = float.NaN;

    /// <value>The DICOM modality (CR, DX). The default value is empty.</value>
    public string Modality { get; init; } = "";

    /// <value>The body part as its source names it (CHEST). The default value is empty.</value>
    public string BodyPart { get; init; } = "";

    /// <value>The side of a paired body part (L, R). The default value is empty.</value>
    public string Laterality { get; init; } = "";

    /// <value>The maker of the X-ray device. The default value is empty.</value>
    public string Manufacturer { get; init; } = "";
}
