using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Information on an image or study from outside the DICOM files.</summary>
internal sealed record DicomAnnotation(string Mesh, string Findings, string Impression, string Indication, string Split)
{
    internal bool IsUsed { get; set; }
}

/// <summary>The rows of a CSV file that belong to DICOM images, by image, instance, study or accession number.</summary>
internal sealed class DicomAnnotations
{
    private readonly Dictionary<string, DicomAnnotation> _byKey = new(StringComparer.Ordinal);
    private readonly List<(int Line, string Names, DicomAnnotation Annotation)> _rows = [];
    private readonly string _file;
    private readonly IChannelProvider _log;
    private int _bare;

    private DicomAnnotations(string file, IChannelProvider log) => (_file, _log) = (file, log);

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read or lacks a column.</exception>
    internal static DicomAnnotations Read(string path, string folder, TableColumns columns, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, path);
        var table = CsvTable.Read(path, skipped);
        (string Kind, int Column)[] names =
        [
            ("image", table.FindGiven(columns.Image, "image", "path", "imagepath", "image_path")),
            ("instance", table.Find("sop_instance_uid", "sopinstanceuid")),
            ("study", table.FindGiven(columns.Study, "study_instance_uid", "studyinstanceuid", "study", "study_id", "studyid")),
            ("accession", table.Find("accession_number", "accessionnumber", "accession")),
        ];
        int mesh = table.FindGiven(columns.Annotation, "annotation", "mesh"),
            findings = table.Find("findings"),
            impression = table.Find("impression"),
            indication = table.Find("indication"),
            split = table.FindGiven(columns.Split, "split");
        if (names.All(name => name.Column < 0))
            throw new InvalidDataException(
                ErrorCode.TableColumnMissing.Message(
                    $"'{path}' has no column that identifies the image or study of a row. Add one of image, sop_instance_uid, study_instance_uid, "
                        + $"accession_number."
                )
            );
        if (mesh < 0 && findings < 0 && impression < 0 && split < 0)
            throw new InvalidDataException(
                ErrorCode.TableColumnMissing.Message(
                    $"'{path}' has no data on its images. Add a column annotation, findings, impression or split."
                )
            );
        var annotations = new DicomAnnotations(path, log);
        foreach (CsvLine row in table.Rows)
        {
            (string kind, int column) = names.FirstOrDefault(name => row[name.Column].Length > 0, (Kind: "", Column: -1));
            if (column < 0)
            {
                skipped.Skip(row.Line, "it does not identify an image or a study.");
                continue;
            }

            string key = Key(
                kind,
                kind == "image" ? Path.GetFullPath(Path.Combine(folder, row[column].Replace('\\', Path.DirectorySeparatorChar))) : row[column].Trim()
            );
            var annotation = new DicomAnnotation(row[mesh], row[findings], row[impression], row[indication], row[split]);
            if (annotations._byKey.TryAdd(key, annotation))
                annotations._rows.Add((row.Line, row[column], annotation));
            else
                skipped.Skip(row.Line, $"'{row[column]}' already has a row.");
        }

        skipped.Complete(annotations._rows.Count, "rows");
        return annotations;
    }

    /// <summary>The annotation of an image; a row of the image itself takes precedence over one of its study.</summary>
    internal DicomAnnotation? Find(string path, DicomAttributes attributes)
    {
        foreach (
            (string kind, string name) in ((string, string)[])
                [
                    ("image", path),
                    ("instance", attributes.SopInstanceUid),
                    ("study", attributes.StudyInstanceUid),
                    ("accession", attributes.AccessionNumber),
                ]
        )
        {
            if (name.Length > 0 && _byKey.TryGetValue(Key(kind, name), out DicomAnnotation? annotation))
            {
                annotation.IsUsed = true;
                return annotation;
            }
        }

        _bare++;
        return null;
    }

    /// <summary>Warns of rows without an image, and counts images without a row.</summary>
    internal void Complete(int images)
    {
        using var skipped = new SkippedRows(_log, _file);
        foreach ((int line, string name, _) in _rows.Where(row => !row.Annotation.IsUsed))
            skipped.Skip(line, $"the folder has no image of '{name}'.");
        skipped.Complete(_rows.Count(row => row.Annotation.IsUsed), "rows");
        if (_bare > 0)
            skipped.Note(string.Create(CultureInfo.InvariantCulture, $"{_bare} of {images} images have no row and so no annotation."));
    }

    private static string Key(string kind, string name) => $"{kind}\0{name}";
}
