using System.Text;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class LoadCsvTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_are_found_by_name_in_any_case_and_order_and_paths_are_relative_to_the_file()
    {
        RadiographRecord row = Assert.Single(
            Load(
                "SPLIT,Mesh,extra,IMAGE_PATH,Patient,Study,View,Source,Findings\ntrain,\"Catheters, "
                    + "Indwelling/right\",x,sub/a.png,p1,s1,PA,here,\"two\nlines, \"\"quoted\"\"\"\n"
            )
        );
        Assert.Equal(Path.Combine(_folder.Path, "sub", "a.png"), row.ImagePath);
        Assert.Equal(
            ("Catheters, Indwelling/right", "s1", "p1", "PA", "here", "train", "two\nlines, \"quoted\""),
            (row.Mesh, row.StudyId, row.PatientId, row.View, row.Source, row.Split, row.Findings)
        );
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void Columns_of_patient_device_and_labels_are_read_and_an_impossible_age_is_unknown()
    {
        List<RadiographRecord> rows = Load(
            "image,annotation,sex,age,modality,body_part,laterality,manufacturer,comparison,language,mesh_automatic,"
                + "finding_labels,absent_labels,uncertain_labels\n"
                + "a.png,normal,female,058Y,DX,CHEST,L,Maker,none,en,x|y,A|B,C,D\nb.png,normal,x,412,,,,,,,,,,\nc.png,normal,M,6M,,,,,,,,,,\n"
        );
        RadiographRecord row = rows[0];
        Assert.Equal(
            ("F", 58f, "DX", "CHEST", "L", "Maker"),
            (row.PatientSex, row.PatientAge, row.Modality, row.BodyPart, row.Laterality, row.Manufacturer)
        );
        Assert.Equal(
            ("none", "en", "x|y", "A|B", "C", "D"),
            (row.Comparison, row.Language, row.MeshAutomatic, row.FindingLabels, row.AbsentLabels, row.UncertainLabels)
        );
        Assert.Equal(["F", "", "M"], rows.Select(r => r.PatientSex));
        Assert.Equal([58f, float.NaN, 0.5f], rows.Select(r => r.PatientAge));
        Assert.Contains("1 ages", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Contains("line 3 '412'", _log.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_defaults_to_the_patient_then_to_the_image_and_a_patient_to_the_study()
    {
        List<RadiographRecord> rows = Load("image,annotation,study,patient\na.png,normal,,p\nb.png,normal,s,\nc.png,normal,,\n");
        Assert.Equal(["p", "s", rows[2].ImagePath], rows.Select(row => row.StudyId));
        Assert.Equal(["p", "s", rows[2].ImagePath], rows.Select(row => row.PatientId));
    }

    [Fact]
    public void Any_text_round_trips() =>
        Gen.String[Gen.Char["ab ,;|/\"\n'äß"], 0, 12]
            .Select(text => "x" + text + "x")
            .Array[1, 20]
            .Sample(
                texts =>
                {
                    string file =
                        "image,annotation\n"
                        + string.Concat(texts.Select((text, i) => $"{i}.png,\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n"));
                    Assert.Equal(texts, Load(file).Select(row => row.Mesh));
                },
                iter: 100,
                threads: 1
            );

    [Theory]
    [InlineData("a\"b,normal", "not balanced")]
    [InlineData("\"a.png,normal", "not balanced")]
    [InlineData("a.png,\"normal", "not balanced")]
    [InlineData("a.png,\"normal\"x", "not balanced")]
    [InlineData(",normal", "no image path")]
    [InlineData("a.png,", "no annotation")]
    [InlineData("a.png", "no annotation")]
    [InlineData("a.png,Catheters, Indwelling", "3 fields")]
    public void A_bad_row_is_skipped_by_line_and_the_others_are_used(string bad, string reason)
    {
        for (int place = 0; place <= 4; place++)
        {
            var log = new LoggedContext();
            List<string> lines = ["1.png,normal", "\"2.png\",\"Nodule, x\"", "3.png,Opacity", "4.png,\"normal\""];
            lines.Insert(place, bad);
            string path = _folder.Write("a.csv", "image,annotation\n" + string.Join('\n', lines) + "\n");
            Assert.Equal(["1.png", "2.png", "3.png", "4.png"], log.Rows(log.Cxr.Data.LoadCsv(path)).Select(row => Path.GetFileName(row.ImagePath)));
            Assert.Contains(
                log.Warnings,
                warning =>
                    warning.Contains($"'{path}', line {place + 2}:", StringComparison.Ordinal) && warning.Contains(reason, StringComparison.Ordinal)
            );
            Assert.Contains(log.Warnings, warning => warning.Contains("1 of 5 rows were skipped", StringComparison.Ordinal));
            Assert.Equal(2, log.Warnings.Count);
        }
    }

    [Fact]
    public void The_first_of_many_bad_rows_are_listed_and_all_are_counted()
    {
        Load("image,annotation\n" + string.Concat(Enumerable.Repeat("a.png,\n", 1000)) + "b.png,normal\n");
        Assert.Equal(SkippedRows.ListLimit + 1, _log.Warnings.Count);
        Assert.Contains("1000 of 1001 rows", _log.Warnings[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.org/a.png")]
    [InlineData("s3://bucket/a.dcm")]
    [InlineData("gs://bucket/a.dcm")]
    [InlineData("FILE:///data/a.png")]
    public void Urls_in_place_of_image_paths_are_reported(string url)
    {
        List<RadiographRecord> rows = Load($"image,annotation\na.png,normal\n{url},Nodule\n");
        Assert.Equal(url, rows[1].ImagePath);
        string warning = Assert.Single(_log.Warnings);
        Assert.Contains(
            $"1 image paths are URLs, which are not read; download the images, and give their paths: line 3 '{url}'",
            warning,
            StringComparison.Ordinal
        );
        Assert.Equal("CXR2007", CxrError.CodeOf(Assert.Throws<InvalidDataException>(() => RadiographReader.Read(url, new RadiographFormat(8, 8)))));
    }

    [Theory]
    [InlineData("C:/images/a.png")]
    [InlineData("1://a.png")]
    [InlineData("a b://c.png")]
    [InlineData("://a.png")]
    [InlineData("a:/b.png")]
    [InlineData("")]
    public void Paths_are_not_taken_for_urls(string path) => Assert.False(RadiographFile.IsUrl(path));

    [Fact]
    public void Free_text_in_place_of_annotations_is_reported_without_being_shown()
    {
        Assert.Equal(2, Load("image,annotation\na.png,The heart of Mr Smith is enlarged.\nb.png,Opacity/lung\n").Count);
        string warning = Assert.Single(_log.Warnings);
        Assert.Contains("1 annotations look like free text", warning, StringComparison.Ordinal);
        Assert.Contains("line 2", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("Smith", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_encodings_are_read()
    {
        const string Text = "image,annotation\nKöln/ü.png,normal\n";
        string expected = Path.Combine(_folder.Path, "Köln", "ü.png");
        foreach (
            Encoding encoding in (Encoding[])
                [new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32]
        )
            Assert.Equal(expected, Assert.Single(Load([.. encoding.GetPreamble(), .. encoding.GetBytes(Text)])).ImagePath);
        Assert.Empty(_log.Warnings);
        Assert.Equal(expected, Assert.Single(Load(Encoding.Latin1.GetBytes(Text))).ImagePath);
        Assert.Contains("Latin-1", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Contains("UTF-16 without a byte order mark", Fails(Encoding.Unicode.GetBytes(Text)), StringComparison.Ordinal);
    }

    [Fact]
    public void Semicolons_and_tabs_are_separators_if_the_header_has_no_comma()
    {
        Assert.Equal("Catheters, Indwelling|Nodule", Assert.Single(Load("image;annotation\na.png;Catheters, Indwelling|Nodule\n")).Mesh);
        Assert.Equal("Nodule|Opacity", Assert.Single(Load("image\tannotation\r\na.png\tNodule|Opacity\r\n")).Mesh);
    }

    [Fact]
    public void A_missing_column_is_named_with_those_found()
    {
        string message = Fails("picture,annotation\na.png,normal\n"u8.ToArray());
        Assert.Contains("'image'", message, StringComparison.Ordinal);
        Assert.Contains("Columns found: picture, annotation", message, StringComparison.Ordinal);
        Assert.Contains("'annotation'", Fails("image,label\na.png,normal\n"u8.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_a_missing_file_and_a_damaged_header_are_errors()
    {
        Assert.Contains("is empty", Fails([]), StringComparison.Ordinal);
        Assert.Contains("is empty", Fails("\n\n"u8.ToArray()), StringComparison.Ordinal);
        Fails("image,\"annotation\na.png,normal\n"u8.ToArray());
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadCsv(Path.Combine(_folder.Path, "absent.csv")));
    }

    [Fact]
    public void A_gzipped_table_is_read_whatever_its_name_and_a_truncated_one_is_an_error()
    {
        byte[] packed = DataSetMiniatures.Packed(
            "image,annotation\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"{i * 7919}.png,normal\n"))
        );
        Assert.Equal(500, Load(packed).Count);
        for (int length = 2; length < packed.Length; length += 61)
            Assert.Contains("gzip", Fails(packed[..length]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_without_rows_is_an_empty_view() => Assert.Empty(Load("image,annotation\n"));

    [Theory]
    [InlineData("context/annotations.csv", 735)]
    [InlineData("nih/annotations.csv", 789)]
    public void The_real_lists_are_read_completely_and_their_images_exist(string file, int rows)
    {
        List<RadiographRecord> records = _log.Rows(_log.Cxr.Data.LoadCsv(TestData.Require(file)));
        Assert.Equal(rows, records.Count);
        Assert.Empty(_log.Warnings);
        Assert.All(records, record => Assert.True(File.Exists(record.ImagePath)));
        Assert.All(records, record => Assert.NotEmpty(record.PatientId));
        Assert.All(records, record => Assert.Contains(record.Split, (string[])["train", "val"]));
        Assert.Empty(
            records.Where(r => r.Split == "train").Select(r => r.PatientId).Intersect(records.Where(r => r.Split == "val").Select(r => r.PatientId))
        );
    }

    private List<RadiographRecord> Load(string text) => Load(Encoding.UTF8.GetBytes(text));

    private List<RadiographRecord> Load(byte[] content) => _log.Rows(_log.Cxr.Data.LoadCsv(_folder.Write("a.csv", content)));

    private string Fails(byte[] content)
    {
        string path = _folder.Write("a.csv", content);
        string message = Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadCsv(path)).Message;
        Assert.Contains($"'{path}'", message, StringComparison.Ordinal);
        return message;
    }
}
