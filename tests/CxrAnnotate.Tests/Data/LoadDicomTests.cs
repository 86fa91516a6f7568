using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class LoadDicomTests : IDisposable
{
    private static readonly byte[] _key = Encoding.UTF8.GetBytes("0123456789abcdef");

    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Headers_become_rows_in_the_order_of_paths_and_images_of_a_study_share_it()
    {
        Draw(6, PhantomViews.FrontalAndLateral);
        List<RadiographRecord> rows = Load();
        Assert.Equal(12, rows.Count);
        Assert.Equal(rows.Select(row => row.ImagePath).Order(StringComparer.Ordinal), rows.Select(row => row.ImagePath));
        Assert.Equal(6, rows.Select(row => row.StudyId).Distinct().Count());
        Assert.All(
            rows,
            row =>
            {
                Assert.Equal(row.ImagePath.EndsWith("_frontal.dcm", StringComparison.Ordinal) ? "PA" : "LL", row.View);
                Assert.Equal(
                    ("DX", "CHEST", "U", "CxrAnnotate phantom", ""),
                    (row.Modality, row.BodyPart, row.Laterality, row.Manufacturer, row.Mesh)
                );
                Assert.StartsWith("2.25.", row.StudyId, StringComparison.Ordinal);
                Assert.Contains(row.PatientId, row.ImagePath, StringComparison.Ordinal);
            }
        );
        Assert.Equal(["CSV"], _log.Warnings.Select(warning => warning.Contains("2 files are not DICOM", StringComparison.Ordinal) ? "CSV" : warning));
    }

    [Fact]
    public void Annotations_are_joined_by_image_or_study_and_unmatched_rows_are_reported()
    {
        Draw(3, PhantomViews.FrontalAndLateral);
        List<RadiographRecord> bare = Load();
        string table = _folder.Write(
            "reports.csv",
            string.Join(
                '\n',
                "image,study_instance_uid,sop_instance_uid,annotation,findings,split",
                $"{Path.GetRelativePath(_folder.Path, bare[0].ImagePath)},,,Cardiomegaly,large heart,train",
                $",{bare[0].StudyId},,normal,clear lungs,test",
                $",{bare[2].StudyId},,Opacity/lung/base,,val",
                ",1.2.3,,normal,,train",
                ",,,normal,,train"
            )
        );
        List<RadiographRecord> rows = Load(new() { AnnotationFile = table });
        Assert.Equal(["Cardiomegaly", "normal", "Opacity/lung/base", "Opacity/lung/base", "", ""], rows.Select(row => row.Mesh));
        Assert.Equal(["large heart", "clear lungs", "", "", "", ""], rows.Select(row => row.Findings));
        Assert.Equal(["train", "test", "val", "val", "", ""], rows.Select(row => row.Split));
        Assert.Contains(_log.Warnings, warning => warning.Contains("line 5: the folder has no image of '1.2.3'", StringComparison.Ordinal));
        Assert.Contains(_log.Warnings, warning => warning.Contains("line 6: it does not identify an image or a study", StringComparison.Ordinal));
        Assert.Contains(_log.Warnings, warning => warning.Contains("2 of 6 images have no row", StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_replaces_identifiers_by_consistent_hashes()
    {
        Draw(5, PhantomViews.FrontalAndLateral);
        List<RadiographRecord> open = Load(),
            hidden = Load(new() { IdentifierKey = _key }),
            otherKey = Load(new() { IdentifierKey = "another key of 16 bytes"u8.ToArray() });
        Assert.All(hidden, row => Assert.Matches("^[0-9a-f]{32}$", row.PatientId));
        Assert.All(hidden, row => Assert.Matches("^[0-9a-f]{32}$", row.StudyId));
        Assert.Equal(Groups(open, row => row.PatientId), Groups(hidden, row => row.PatientId));
        Assert.Equal(Groups(open, row => row.StudyId), Groups(hidden, row => row.StudyId));
        Assert.Empty(hidden.Select(row => row.PatientId).Intersect(hidden.Select(row => row.StudyId)));
        Assert.Empty(hidden.Select(row => row.PatientId).Intersect(otherKey.Select(row => row.PatientId)));
        Assert.Equal(hidden.Select(row => row.PatientId), Load(new() { IdentifierKey = _key }).Select(row => row.PatientId));
        // As openssl computes it: printf 'patient\0P00000' | openssl dgst -sha256 -hmac 0123456789abcdef
        Assert.Equal("3e33d9039957bdc74f89e60329a3bf47", hidden[0].PatientId);

        static IEnumerable<int> Groups(List<RadiographRecord> rows, Func<RadiographRecord, string> of) =>
            rows.Select(row => rows.FindIndex(other => of(other) == of(row)));
    }

    [Fact]
    public void Damaged_imageless_foreign_and_duplicate_files_are_skipped_by_name_and_the_rest_is_used()
    {
        Draw(4, PhantomViews.Frontal);
        string[] files = [.. Directory.EnumerateFiles(_folder.Path, "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        byte[] whole = File.ReadAllBytes(files[0]);
        _folder.Write("broken.dcm", whole[..400]);
        _folder.Write("text.dcm", "no DICOM at all");
        _folder.Write("notes.txt", "no DICOM, and does not claim it");
        _folder.Write("copy.dcm", whole);
        _folder.Write("slice", Replace(Replace(whole, "CS\u0002\0DX"u8, "CS\u0002\0CT"u8), "2.25."u8, "2.26."u8));
        _folder.Write("DICOMDIR", whole[..200]);
        Assert.Equal(4, Load().Count);
        foreach (
            string told in (string[])
                [
                    "'broken.dcm'",
                    "'text.dcm': it is not a DICOM file",
                    "is a second copy of the image 'copy.dcm'",
                    "'slice': it is not a radiograph: its modality (0008,0060) is CT",
                    "4 of 8 images were skipped",
                ]
        )
            Assert.Contains(_log.Warnings, warning => warning.Contains(told, StringComparison.Ordinal));
        Assert.Equal(5, Load(new() { AcceptAnyModality = true }).Count);
    }

    [Fact]
    public void A_folder_without_radiographs_is_an_error_that_reports_what_it_has()
    {
        _folder.Write("notes.txt", "text");
        _folder.Write("text.dcm", "no DICOM at all");
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadDicom(_folder.Path));
        Assert.Contains(
            "of its 2 files, 1 is not DICOM and 1 was skipped, the first because it is not a DICOM file",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<DirectoryNotFoundException>(() => _log.Cxr.Data.LoadDicom(Path.Combine(_folder.Path, "absent")));
        Assert.Throws<ArgumentOutOfRangeException>(
            nameof(LoadDicomOptions.IdentifierKey),
            () => _log.Cxr.Data.LoadDicom(_folder.Path, new() { IdentifierKey = new byte[15] })
        );
    }

    [Fact]
    public void Phantoms_in_DICOM_have_the_pixels_of_those_in_PNG()
    {
        Draw(3, PhantomViews.FrontalAndLateral);
        _log.Cxr.Data.WritePhantom(
            Path.Combine(_folder.Path, "png"),
            new ChestPhantomOptions
            {
                Studies = 3,
                Size = 64,
                Views = PhantomViews.FrontalAndLateral,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        var format = new RadiographFormat(64, 64);
        string[] dicom = [.. Directory.EnumerateFiles(Path.Combine(_folder.Path, "images"))];
        Assert.Equal(6, dicom.Length);
        Assert.All(
            dicom,
            file =>
                Assert.Equal(
                    RadiographReader.Read(Path.Combine(_folder.Path, "png", "images", Path.GetFileNameWithoutExtension(file) + ".png"), format),
                    RadiographReader.Read(file, format)
                )
        );
    }

    [Fact]
    public void Rows_split_by_patient_and_load_as_images()
    {
        Draw(12, PhantomViews.FrontalAndLateral);
        IDataView rows = _log.Cxr.Data.LoadDicom(_folder.Path, new() { AnnotationFile = Path.Combine(_folder.Path, "annotations.csv") });
        StudySplit split = _log.Cxr.Data.SplitByStudy(rows, 0.25, 0.25, groupColumnName: "PatientId");
        Assert.Empty(_log.Rows(split.Train).Select(row => row.PatientId).Intersect(_log.Rows(split.Test).Select(row => row.PatientId)));
        Assert.All(_log.Rows(rows), row => Assert.NotEmpty(row.Mesh));
        IDataView images = _log.Cxr.LoadRadiographs(new LoadRadiographsOptions { Height = 8, Width = 8 }).Fit(rows).Transform(rows);
        Assert.All(images.GetColumn<VBuffer<float>>("Image"), image => Assert.DoesNotContain(image.GetValues().ToArray(), float.IsNaN));
    }

    private void Draw(int studies, PhantomViews views) =>
        _log.Cxr.Data.WritePhantom(
            _folder.Path,
            new ChestPhantomOptions
            {
                Studies = studies,
                Size = 64,
                Views = views,
                Format = PhantomFormat.Dicom,
            }
        );

    private List<RadiographRecord> Load(LoadDicomOptions? options = null) => _log.Rows(_log.Cxr.Data.LoadDicom(_folder.Path, options));

    private static byte[] Replace(byte[] content, ReadOnlySpan<byte> what, ReadOnlySpan<byte> by)
    {
        byte[] changed = [.. content];
        for (int at; (at = changed.AsSpan().IndexOf(what)) >= 0;)
            by.CopyTo(changed.AsSpan(at));
        return changed;
    }
}
