using Microsoft.ML;

namespace CxrAnnotate;

public sealed partial class DataCatalog
{
    /// <summary>
    /// Loads a folder of DICOM files with all folders below it, as archives and workstations export them: one row per image, with what its header
    /// says of modality, view, body part, laterality, patient, study, sex, age and manufacturer. Pixels are not read. What does not look like DICOM
    /// is passed over; a broken file, one without an image (a report, a presentation state), one that is no radiograph, and a second copy of an image
    /// are skipped with a warning that names file and reason. Rows are in the order of their paths.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Where annotations come from, and whether identifiers are replaced; null is the default of each.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">There is no such annotation file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="InvalidDataException">The annotation file cannot be read, or has no column that names images or studies; or the folder has no
    /// radiograph in DICOM.</exception>
    public IDataView LoadDicom(string folder, LoadDicomOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new();
        options.Check();
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                ErrorCode.DataNotFound.Message($"There is no folder '{folder}'. Give the folder that holds the DICOM files.")
            );
        return LoadRecords(DicomFolderReader.Read(folder, options, _context));
    }
}
