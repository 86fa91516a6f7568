using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The common behaviour of all data set loaders.</summary>
public sealed class DataSetTests : IDisposable
{
    /// <summary>The characters of tables and lists.</summary>
    private const string Signs = ",\"\n[']|/-19";

    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public static TheoryData<string> Sets => [.. DataSetMiniatures.All.Keys];

    /// <summary>All but Open-i, which has no table.</summary>
    public static TheoryData<string> SetsOfTables => [.. DataSetMiniatures.All.Keys.Where(set => set != "openi")];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_folder_is_recognized_and_has_the_common_schema(string set)
    {
        IDataView view = _log.Cxr.Data.Load(DataSetMiniatures.All[set](_folder));
        Assert.All(_log.Rows(view), row => Assert.Equal(set, row.Source));
        Assert.NotEmpty(_log.Rows(view));
        Assert.Equal(
            typeof(RadiographRecord)
                .GetProperties()
                .Select(property => (property.Name, property.PropertyType))
                .OrderBy(column => column.Name, StringComparer.Ordinal),
            view.Schema.Select(column => (column.Name, column.Type is TextDataViewType ? typeof(string) : column.Type.RawType))
                .OrderBy(column => column.Name, StringComparer.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(SetsOfTables))]
    public void A_table_without_its_folder_is_recognized_by_its_columns(string set)
    {
        string folder = DataSetMiniatures.All[set](_folder);
        string table = Directory
            .EnumerateFiles(folder, "*.csv*", SearchOption.AllDirectories)
            .First(file =>
                !file.Contains("split", StringComparison.Ordinal)
                && !file.Contains("chexpert", StringComparison.Ordinal)
                && !file.Contains("negbio", StringComparison.Ordinal)
                && !file.Contains("class_info", StringComparison.Ordinal)
            );
        Assert.All(_log.Rows(_log.Cxr.Data.Load(table)), row => Assert.Equal(set, row.Source));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_row_has_patient_and_study_and_annotations_that_can_be_read(string set) =>
        Assert.All(
            _log.Rows(_log.Cxr.Data.Load(DataSetMiniatures.All[set](_folder))),
            row =>
            {
                Assert.NotEmpty(row.PatientId);
                Assert.NotEmpty(row.StudyId);
                Assert.NotEmpty(row.ImagePath);
                if (row.Mesh.Length > 0)
                    Assert.Equal(row.Mesh, MeshAnnotation.Parse(row.Mesh).ToString());
                Assert.False(row.PatientAge is < 0 or > 120);
                Assert.Contains(row.PatientSex, (string[])["", "M", "F"]);
                Assert.Contains(row.Split, (string[])["", "train", "val", "test"]);
            }
        );

    [Fact]
    public void An_unknown_data_set_is_an_error_that_lists_the_known_ones()
    {
        Assert.Contains(
            "annotations.csv",
            Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.Load(_folder.Path)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.Load(Path.Combine(_folder.Path, "absent")));
        Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.Load(_folder.Write("broken.csv", new byte[] { 0x1F, 0x8B, 8, 0, 1, 2, 3 })));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_damaged_table_gives_rows_or_a_clear_error(string set)
    {
        string folder = DataSetMiniatures.All[set](_folder);
        (string File, byte[] Content)[] tables =
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => new FileInfo(file).Length > 0)
                .Select(file => (file, File.ReadAllBytes(file))),
        ];
        Gen.Select(Gen.Int[0, tables.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte, Gen.Int[0, 3]).Array[1, 4])
            .Sample(
                (which, changes) =>
                {
                    List<byte> content = [.. tables[which].Content];
                    foreach ((int place, byte value, int kind) in changes)
                    {
                        int at = place % Math.Max(content.Count, 1);
                        if (kind == 0 && content.Count > 0)
                            content.RemoveRange(at, Math.Min(value, content.Count - at));
                        else if (kind == 1)
                            content.InsertRange(at, Enumerable.Repeat((byte)Signs[value % Signs.Length], 1 + (value % 3)));
                        else if (content.Count > 0)
                            content[at] = value;
                    }

                    File.WriteAllBytes(tables[which].File, [.. content]);
                    try
                    {
                        // Annotations from a table or report are passed on unchanged; those made from labels follow the grammar.
                        Assert.All(
                            _log.Rows(_log.Cxr.Data.Load(folder)),
                            row => Assert.True(row.Mesh.Length == 0 || set is "" or "openi" || MeshAnnotation.TryParse(row.Mesh, out _))
                        );
                    }
                    catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
                    {
                        Assert.Contains(folder, e.Message, StringComparison.Ordinal);
                    }
                    finally
                    {
                        File.WriteAllBytes(tables[which].File, tables[which].Content);
                    }
                },
                iter: 300,
                threads: 1
            );
    }

    [Fact]
    public void An_archive_beside_images_is_recognized_as_Open_i()
    {
        using var reports = new ScratchFolder();
        DataSetMiniatures.OpenI(reports);
        using (FileStream file = File.Create(Path.Combine(_folder.Path, "NLMCXR_reports.tgz")))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
            System.Formats.Tar.TarFile.CreateFromDirectory(reports.Path, gzip, includeBaseDirectory: false);
        Assert.Equal("7", Assert.Single(_log.Rows(_log.Cxr.Data.Load(_folder.Path))).StudyId);
    }

    [Fact]
    public void DICOM_files_are_recognized_with_a_table_that_names_studies()
    {
        string sample = TestData.Require("dicom/NIH_DX_1024_implicit.dcm");
        File.Copy(sample, Path.Combine(_folder.Path, "a.dcm"));
        RadiographRecord bare = Assert.Single(_log.Rows(_log.Cxr.Data.Load(_folder.Path)));
        _folder.Write("annotations.csv", $"study,annotation\n{bare.StudyId},Nodule\n");
        Assert.Equal("Nodule", Assert.Single(_log.Rows(_log.Cxr.Data.Load(_folder.Path))).Mesh);
    }

    [Fact]
    public void A_data_set_is_split_by_patient_mined_and_learnt_from_end_to_end()
    {
        string table = DataSetMiniatures.NihHeader + "\n";
        string folder = _folder.Path;
        var drawn = new ChestPhantomOptions
        {
            Studies = 24,
            Size = 64,
            Seed = 3,
        };
        using var phantoms = new ScratchFolder();
        _log.Cxr.Data.WritePhantom(phantoms.Path, drawn, cancellationToken: TestContext.Current.CancellationToken);
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(phantoms.Path, "images")).Order(StringComparer.Ordinal)];
        for (int i = 0; i < files.Length; i++)
        {
            string name = $"{i / 2:00000000}_{i % 2:000}.png";
            Directory.CreateDirectory(Path.Combine(folder, "images_001", "images"));
            File.Copy(files[i], Path.Combine(folder, "images_001", "images", name));
            table += $"{name},{(i % 3 == 0 ? "No Finding" : i % 3 == 1 ? "Effusion" : "Cardiomegaly|Effusion")},{i % 2},{i / 2},50,M,PA,32,32,1,1\n";
        }

        _folder.Write("Data_Entry_2017.csv", table);
        StudySplit split = _log.Cxr.Data.SplitByStudy(_log.Cxr.Data.LoadNih14(folder), validation: 0.25, test: 0.25, groupColumnName: "PatientId");
        string[][] sides =
        [
            .. ((IDataView[])[split.Train, split.Validation, split.Test]).Select(side => side.GetColumn<string>("PatientId").Distinct().ToArray()),
        ];
        Assert.Empty(sides[0].Intersect(sides[1]).Concat(sides[0].Intersect(sides[2])).Concat(sides[1].Intersect(sides[2])));
        EstimatorChain<ClassifyDiseaseTransformer> pipeline = _log
            .Cxr.MineLabels(new MineLabelsOptions { MinimumCases = 0 })
            .Append(_log.Cxr.LoadRadiographs("Image", "ImagePath", height: 64, width: 64))
            .Append(_log.Cxr.BalanceClasses("SamplingWeight", "Label"))
            .Append(
                _log.Cxr.ClassifyDisease(
                    new ClassifyDiseaseOptions
                    {
                        Optimization = new() { Epochs = 1, BatchSize = 8 },
                        Seed = 3,
                    }
                )
            );
        IDataView read = pipeline.Fit(split.Train).Transform(split.Test);
        Assert.All(read.GetColumn<float[]>("Score"), scores => Assert.Equal(1, scores.Sum(), 1e-3));
        Assert.Equal(sides[2].Length, read.GetColumn<string>("PatientId").Distinct().Count());
    }
}
