namespace CxrAnnotate;

/// <summary>The data sets and forms of tables that are known.</summary>
internal enum DataSetKind
{
    Csv,
    Parquet,
    Dicom,
    OpenI,
    Nih14,
    CheXpert,
    MimicCxr,
    PadChest,
}
