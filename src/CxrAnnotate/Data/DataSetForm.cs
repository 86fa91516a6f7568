using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>A form in which radiographs and their annotations come: how it is recognized, and how it is read.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Source">The source that its rows name, for a data set that is known by name; null for any other.</param>
/// <param name="Matches">The file or folder to read where a candidate has this form; null where it has not.</param>
/// <param name="Read">Makes rows of that file or folder.</param>
internal sealed record DataSetForm(
    string Name,
    string? Source,
    Func<DataSetCandidate, string?> Matches,
    Func<DataCatalog, string, UncertaintyPolicy, TableColumns, IDataView> Read
)
{
    /// <summary>All forms, in the order in which they are tried.</summary>
    private static readonly DataSetForm[] _all =
    [
        Set(
            "NIH ChestX-ray14",
            Nih14Reader.Source,
            of => of.IsTableOf(Nih14Reader.Tables, "Image Index", "Finding Labels", "Patient ID"),
            (data, path, _) => data.LoadNih14(path)
        ),
        Set(
            "MIMIC-CXR",
            MimicCxrReader.Source,
            of => of.IsTableOf([MimicCxrReader.Metadata], "dicom_id", "subject_id", "study_id"),
            (data, path, uncertainty) => data.LoadMimicCxr(path, new MimicCxrOptions { Uncertainty = uncertainty })
        ),
        Set(
            "PadChest",
            PadChestReader.Source,
            of => of.IsTableOf([PadChestReader.Tables], "ImageID", "PatientID", "StudyID", "Labels", "Localizations"),
            (data, path, _) => data.LoadPadChest(path)
        ),
        Set(
            "RSNA Pneumonia Detection Challenge",
            RsnaPneumoniaReader.Source,
            of => of.IsTableOf([RsnaPneumoniaReader.Table], "patientId", "x", "y", "width", "height", "Target"),
            (data, path, _) => data.LoadRsnaPneumonia(path)
        ),
        // The tables of the next two have names that other tables may have.
        Set(
            "VinDr-CXR",
            VinDrCxrReader.Source,
            of => VinDrCxrReader.IsTable(columns => of.HasColumns(of.TableNamed(VinDrCxrReader.Tables), columns)),
            (data, path, uncertainty) => data.LoadVinDrCxr(path, uncertainty)
        ),
        Set(
            "CheXpert",
            CheXpertReader.Source,
            of => of.HasColumns(of.TableNamed("train.csv", "valid.csv", "test.csv"), "Path", "Enlarged Cardiomediastinum", "Pleural Effusion"),
            (data, path, uncertainty) => data.LoadCheXpert(path, uncertainty)
        ),
        OpenI(of => of.IsFile ? of.Ending(".tgz", ".tar", ".tar.gz", ".mesh") : of.Has("openi.mesh") ? of.Path : of.ReportArchive),
        Csv(of => of.AnnotationsNameImages ? of.Annotations : null),
        // A table that names studies, or only reports, belongs to the DICOM files beside it.
        Dicom(of => of.Annotations is null ? null : of.Path),
        new(
            "Parquet",
            Source: null,
            of => of.IsFile ? of.Ending(".parquet") : of.OnlyParquet,
            (data, path, _, columns) => data.LoadParquet(path, columns)
        ),
        OpenI(of => of.HoldsOpenIReports ? of.Path : null),
        Dicom(of => of.HoldsDicom ? of.Path : null),
        Csv(of => of.IsFile ? of.Path : null),
    ];

    /// <summary>The sources of the data sets that are known by name.</summary>
    internal static IEnumerable<string> Sources => _all.Select(form => form.Source).OfType<string>().Distinct();

    /// <summary>Whether the columns of its tables have fixed names, so that none can be given: those of a data set known by name.</summary>
    internal bool HasFixedColumns => Source is not null;

    /// <summary>The form of a file or folder, and what to read of it.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="columns">Custom headers; if any is given, a file never has a form with fixed columns.</param>
    /// <exception cref="FileNotFoundException">There is no such path.</exception>
    /// <exception cref="InvalidDataException">The folder has none of the forms.</exception>
    internal static (DataSetForm Form, string Path) Of(string path, TableColumns columns)
    {
        if (!Path.Exists(path))
            throw new FileNotFoundException(ErrorCode.DataNotFound.Message($"There is no file or folder '{path}'."), path);
        var candidate = new DataSetCandidate(path, columns);
        foreach (DataSetForm form in _all)
        {
            bool other = form.HasFixedColumns && candidate.IsFile && columns.Given.Any();
            if (!other && form.Matches(candidate) is { } found)
                return (form, found);
        }

        string sets = string.Join(", ", _all.Where(form => form.HasFixedColumns).Select(form => form.Name).Distinct());
        throw new InvalidDataException(
            ErrorCode.DataSetUnknown.Message(
                $"'{path}' is not the folder of a known data set ({sets}): it has neither annotations.csv, nor one of their tables, nor "
                    + $"openi.mesh, an archive or XML files of Open-i, nor one Parquet file, nor DICOM files. Give the file of the annotations."
            )
        );
    }

    private static DataSetForm Set(
        string name,
        string source,
        Func<DataSetCandidate, bool> matches,
        Func<DataCatalog, string, UncertaintyPolicy, IDataView> read
    ) => new(name, source, of => matches(of) ? of.Path : null, (data, path, uncertainty, _) => read(data, path, uncertainty));

    private static DataSetForm OpenI(Func<DataSetCandidate, string?> matches) =>
        new("Open-i", OpenIImages.Source, matches, (data, path, _, _) => data.LoadOpenI(path));

    private static DataSetForm Csv(Func<DataSetCandidate, string?> matches) =>
        new("CSV", Source: null, matches, (data, path, _, columns) => data.LoadCsv(path, columns));

    private static DataSetForm Dicom(Func<DataSetCandidate, string?> matches) =>
        new(
            "DICOM",
            Source: null,
            matches,
            (data, path, _, columns) =>
                data.LoadDicom(
                    path,
                    new LoadDicomOptions { AnnotationFile = SetFolder.Find(path, DataSetCandidate.AnnotationsName), AnnotationColumns = columns }
                )
        );
}
