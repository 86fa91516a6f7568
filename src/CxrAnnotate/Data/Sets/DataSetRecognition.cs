using System.IO.Compression;

namespace CxrAnnotate;

/// <summary>Recognizes a data set by the names of files and columns.</summary>
internal static class DataSetRecognition
{
    /// <summary>The name of a folder's own table.</summary>
    internal const string Annotations = "annotations.csv";

    private static readonly string[] _dicom = [".dcm", ".dicom", "DICOMDIR"];

    // A header is far shorter; a binary file has no line end.
    private const int MostHeader = 1 << 16;

    /// <returns>What it is, and the file or folder to read.</returns>
    /// <exception cref="FileNotFoundException">There is no such path.</exception>
    /// <exception cref="InvalidDataException">It is a folder of none of the forms.</exception>
    /// <param name="path">The file or folder.</param>
    /// <param name="columns">Headers in place of the usual ones; a file for which some are given is a table.</param>
    internal static (DataSetKind Kind, string Path) Recognize(string path, TableColumns columns)
    {
        if (File.Exists(path))
            return (OfFile(path) is var kind && kind != DataSetKind.Parquet && columns.Given.Any() ? DataSetKind.Csv : kind, path);
        if (!Directory.Exists(path))
            throw new FileNotFoundException(ErrorCode.DataNotFound.Message($"There is no file or folder '{path}'."), path);
        if (SetFolder.Find(path, Nih14Reader.Tables) is not null)
            return (DataSetKind.Nih14, path);
        if (SetFolder.Find(path, MimicCxrReader.Metadata) is not null)
            return (DataSetKind.MimicCxr, path);
        if (SetFolder.Find(path, PadChestReader.Tables) is not null)
            return (DataSetKind.PadChest, path);
        if (SetFolder.Find(path, "train.csv", "valid.csv", "test.csv") is { } table && OfFile(table) == DataSetKind.CheXpert)
            return (DataSetKind.CheXpert, path);
        if (File.Exists(Path.Combine(path, "openi.mesh")))
            return (DataSetKind.OpenI, path);
        if (
            Directory
                .EnumerateFiles(path, "*.tgz")
                .Concat(Directory.EnumerateFiles(path, "*.tar.gz"))
                .Where(IsReports)
                .Order(StringComparer.Ordinal)
                .FirstOrDefault() is
            { } archive
        )
            return (DataSetKind.OpenI, archive);
        if (SetFolder.Find(path, Annotations) is { } annotations)
            return NamesImages(annotations, columns) ? (DataSetKind.Csv, annotations) : (DataSetKind.Dicom, path);
        if (Directory.EnumerateFiles(path, "*.parquet").Take(2).ToArray() is [var parquet])
            return (DataSetKind.Parquet, parquet);
        bool asked = false,
            dicom = false;
        foreach (string file in FileTree.Files(path))
        {
            if (!asked && file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            {
                if (Start(file).Contains("<eCitation", StringComparison.Ordinal))
                    return (DataSetKind.OpenI, path);
                asked = true;
            }

            dicom = dicom || _dicom.Any(ending => Path.GetFileName(file).EndsWith(ending, StringComparison.OrdinalIgnoreCase));
            if (asked && dicom)
                break;
        }

        if (dicom)
            return (DataSetKind.Dicom, path);
        throw new InvalidDataException(
            ErrorCode.DataSetUnknown.Message(
                $"'{path}' is the folder of no data set that is known by name: it has neither annotations.csv, nor a table of NIH ChestX-ray14, "
                    + $"CheXpert, MIMIC-CXR or PadChest, nor openi.mesh, "
                    + "an archive or XML files of Open-i, nor one Parquet file, nor DICOM files. Give the file of the annotations."
            )
        );
    }

    /// <summary>
    /// Whether a table names images and says what is in them. One that names studies, or reports alone, belongs to the DICOM files beside it.
    /// </summary>
    private static bool NamesImages(string table, TableColumns named)
    {
        string[] columns = Columns(table);
        return Has(named.Image, "image", "path", "imagepath", "image_path") && Has(named.Annotation, "annotation", "mesh");

        bool Has(string? given, params string[] usual) => columns.Intersect(given is null ? usual : [given], StringComparer.OrdinalIgnoreCase).Any();
    }

    private static string[] Columns(string path) => [.. Header(path).Split(',', ';', '\t').Select(column => column.Trim('"', ' ', '\uFEFF'))];

    private static DataSetKind OfFile(string path)
    {
        string name = Path.GetFileName(path);
        if (name.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            return DataSetKind.Parquet;
        if (
            name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".mesh", StringComparison.OrdinalIgnoreCase)
        )
            return DataSetKind.OpenI;
        string[] columns = Columns(path);
        return Has("Image Index", "Finding Labels", "Patient ID") ? DataSetKind.Nih14
            : Has("Path", "Enlarged Cardiomediastinum", "Pleural Effusion") ? DataSetKind.CheXpert
            : Has("dicom_id", "subject_id", "study_id") ? DataSetKind.MimicCxr
            : Has("ImageID", "PatientID", "StudyID", "Labels", "Localizations") ? DataSetKind.PadChest
            : DataSetKind.Csv;

        bool Has(params ReadOnlySpan<string> names)
        {
            foreach (string wanted in names)
            {
                if (!columns.Contains(wanted, StringComparer.OrdinalIgnoreCase))
                    return false;
            }

            return true;
        }
    }

    /// <summary>
    /// Whether an archive is named as that of Open-i's reports is, by the library (NLMCXR_reports.tgz) or by its content (ecgen-radiology).
    /// </summary>
    private static bool IsReports(string archive) =>
        Path.GetFileName(archive).Contains("report", StringComparison.OrdinalIgnoreCase)
        || Path.GetFileName(archive).Contains("ecgen", StringComparison.OrdinalIgnoreCase);

    private static string Header(string path)
    {
        string text = Start(path);
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private static string Start(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream content = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(content);
            char[] start = new char[MostHeader];
            return new string(start, 0, reader.ReadBlock(start));
        }
        catch (InvalidDataException)
        {
            // The reader of the table says what is wrong with it.
            return "";
        }
    }
}
