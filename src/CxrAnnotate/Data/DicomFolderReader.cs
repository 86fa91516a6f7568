using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Rows from the headers of a folder of DICOM files.</summary>
internal static class DicomFolderReader
{
    /// <summary>
    /// With replaced identifiers, ages above this are reported as one more than this, since a very high age can identify a person (HIPAA, 45 CFR
    /// 164.514(b)(2)).
    /// </summary>
    private const float OldestReported = 89;

    /// <summary>Ages above this are taken for errors.</summary>
    private const float MaximumAge = 120;

    private static readonly string[] _suffixes = [".dcm", ".dicom", ".dic"];

    internal static List<RadiographRecord> Read(string folder, LoadDicomOptions options, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, folder);
        DicomAnnotations? annotations = options.AnnotationFile is { } file
            ? DicomAnnotations.Read(file, folder, options.AnnotationColumns, log)
            : null;
        string[] files =
        [
            .. FileTree.Files(
                Path.GetFullPath(folder),
                found =>
                    skipped.Skip(
                        $"{(found.Kind == FileKind.Folder ? "folder" : "file")} '{Path.GetRelativePath(folder, found.Path)}'",
                        found.Problem + "."
                    )
            ),
        ];
        var headers = new Header[files.Length];
        Parallel.For(0, files.Length, i => headers[i] = HeaderOf(files[i], options.AcceptAnyModality));

        var records = new List<RadiographRecord>();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        int foreign = 0;
        for (int i = 0; i < files.Length; i++)
        {
            string place = Path.GetRelativePath(folder, files[i]);
            if (headers[i].Attributes is not { } attributes)
            {
                if (headers[i].Error is { } reason)
                    skipped.Skip($"file '{place}'", reason + ".");
                else
                    foreign++;
            }
            else if (attributes.SopInstanceUid.Length > 0 && !seen.TryAdd(attributes.SopInstanceUid, place))
            {
                skipped.Skip($"file '{place}'", $"it is a second copy of the image '{seen[attributes.SopInstanceUid]}'.");
            }
            else
            {
                records.Add(Record(files[i], attributes, annotations?.Find(files[i], attributes), options));
            }
        }

        if (foreign > 0)
            skipped.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Plural.Of(foreign, "file is not DICOM and is", "files are not DICOM and are")} ignored."
                )
            );
        skipped.Complete(records.Count, "images");
        if (records.Count == 0)
            throw new InvalidDataException(
                ErrorCode.NothingToRead.Message(
                    $"The folder '{folder}' has no DICOM radiograph: of its {Plural.Of(files.Length, "file", "files")}, "
                        + $"{Plural.Of(foreign, "is not", "are not")} DICOM and {Plural.Of(skipped.Count, "was", "were")} skipped"
                        + $"{(skipped.Count > 0 ? $", the first because {headers.First(header => header.Error is not null).Error}" : "")}."
                )
            );
        annotations?.Complete(records.Count);
        return records;
    }

    private static RadiographRecord Record(string path, DicomAttributes attributes, DicomAnnotation? annotation, LoadDicomOptions options)
    {
        string study = FirstOf(attributes.StudyInstanceUid, attributes.AccessionNumber, attributes.PatientId, path);
        string patient = FirstOf(attributes.PatientId, study);
        IdentifierKey? key = options.IdentifierKey.IsEmpty ? null : new IdentifierKey(options.IdentifierKey.Span);
        bool hidden = key is not null;
        return new()
        {
            ImagePath = path,
            Mesh = annotation?.Mesh ?? "",
            Findings = annotation?.Findings ?? "",
            Impression = annotation?.Impression ?? "",
            Indication = annotation?.Indication ?? "",
            Split = annotation?.Split ?? "",
            StudyId = key?.Of("study", study) ?? study,
            PatientId = key?.Of("patient", patient) ?? patient,
            View = attributes.View,
            Source = hidden ? "" : attributes.Institution,
            PatientSex = attributes.Sex is "M" or "F" ? attributes.Sex : "",
            PatientAge =
                attributes.Age is < 0 or > MaximumAge ? float.NaN
                : hidden && attributes.Age > OldestReported ? OldestReported + 1
                : attributes.Age,
            Modality = attributes.Modality,
            BodyPart = attributes.BodyPart,
            Laterality = attributes.Laterality,
            Manufacturer = attributes.Manufacturer,
        };
    }

    /// <summary>The attributes of the header; neither attributes nor an error if the file is not DICOM and its name does not claim so.</summary>
    private static Header HeaderOf(string path, bool anyModality)
    {
        try
        {
            if (Path.GetFileName(path) == "DICOMDIR")
                return default;
            var radiograph = new RadiographFile(path);
            if (!DicomFile.Looks(radiograph.Peek(stackalloc byte[RadiographReader.StartLength])))
                return _suffixes.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
                    ? new(null, "it is not a DICOM file, though its name suggests so")
                    : default;
            DicomFile file = DicomFile.OpenHeader(radiograph);
            if (!file.Data.Has(DicomTags.Rows))
                return new(null, "it has no image");
            if (!anyModality)
                DicomAttributes.RequireRadiograph(file.Data);
            return new(DicomAttributes.Of(file.Data), null);
        }
        catch (Exception e)
        {
            return new(null, RadiographReader.Reason(e).TrimEnd('.'));
        }
    }

    private static string FirstOf(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Length > 0)
                return text;
        }

        return "";
    }

    private readonly record struct Header(DicomAttributes? Attributes, string? Error);
}
