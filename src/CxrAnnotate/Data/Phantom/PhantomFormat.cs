namespace CxrAnnotate;

/// <summary>The files that phantom radiographs are written to.</summary>
public enum PhantomFormat
{
    /// <summary>PNG of 8 bits.</summary>
    Png,

    /// <summary>
    /// DICOM as from a digital X-ray unit (modality DX, explicit little endian, MONOCHROME2, 8 bits), with view, study and patient in the header. The
    /// findings are only in a table beside it.
    /// </summary>
    Dicom,
}
