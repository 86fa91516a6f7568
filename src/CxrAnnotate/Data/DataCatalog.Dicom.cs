using Microsoft.ML;

namespace CxrAnnotate;

public sealed partial class DataCatalog
{
    /// <summary>
    /// Loads a folder of DICOM files and all its subfolders, as archives and workstations export them: one row per image, with the modality, view,
    /// body part, laterality, patient, study, sex, age and manufacturer from its header. Pixels are not read. Files that do not look like DICOM are
    /// ignored; damaged files, files without an image (a report, a presentation state), images that are not radiographs, and second copies of an
    /// image are skipped with a warning that names the file and the reason. Rows are in the order of their paths.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Where annotations come from, and whether identifiers are replaced; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">There is no such annotation file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the parameter name is the option's.</exception>
    /// <exception cref="InvalidDataException">The annotation file cannot be read or has no column that names images or studies, or the folder has no
    /// DICOM radiograph.</exception>
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
