using Parquet;
using Parquet.Schema;

namespace CxrAnnotate.Tests;

public sealed class LoadParquetTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Texts_and_numbers_of_all_row_groups_are_read_as_from_the_same_table_in_CSV()
    {
        string path = Path.Combine(_folder.Path, "a.parquet");
        await Write(
            path,
            [
                ["a.png", "b.png"],
                ["c.png"],
            ],
            [
                ["Nodule/lung|Opacity", "normal"],
                ["normal"],
            ],
            [
                [58, null],
                [null],
            ]
        );
        string csv = _folder.Write("a.csv", "image,annotation,age,study\na.png,Nodule/lung|Opacity,58,1\nb.png,normal,,2\nc.png,normal,,1\n");
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadParquet(path));
        Assert.Equal(_log.Rows(_log.Cxr.Data.LoadCsv(csv)).Select(Described), rows.Select(Described));
        Assert.Equal(3, rows.Count);
        Assert.Empty(_log.Warnings);

        static object Described(RadiographRecord row) => (row.ImagePath, row.Mesh, row.PatientAge, row.StudyId, row.PatientId);
    }

    [Fact]
    public async Task Bad_rows_are_left_out_by_their_number()
    {
        string path = Path.Combine(_folder.Path, "a.parquet");
        await Write(
            path,
            [
                ["a.png", null, "b.png"],
            ],
            [
                ["normal", "normal", ""],
            ],
            [
                [500, 1, 2],
            ]
        );
        Assert.Equal("a.png", Path.GetFileName(Assert.Single(_log.Rows(_log.Cxr.Data.LoadParquet(path))).ImagePath));
        Assert.All(
            (string[])["row 2: no image path", "row 3: no annotation", "row 1 '500'", "2 of 3 rows"],
            text => Assert.Single(_log.Warnings, warning => warning.Contains(text, StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_damaged_file_a_missing_one_and_a_missing_column_are_errors()
    {
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadParquet(Path.Combine(_folder.Path, "absent.parquet")));
        Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadParquet(_folder.Write("t.parquet", "image,annotation\n")));
        string path = Path.Combine(_folder.Path, "a.parquet");
        await Write(
            path,
            [
                ["a.png", "b.png"],
            ],
            [
                ["normal", "normal"],
            ],
            [
                [1, 2],
            ],
            annotation: "text"
        );
        Assert.Contains("'annotation'", Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadParquet(path)).Message, StringComparison.Ordinal);
        byte[] whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        for (int length = 0; length < whole.Length; length += 7)
        {
            string cut = _folder.Write("cut.parquet", whole[..length]);
            Assert.Contains(cut, Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadParquet(cut)).Message, StringComparison.Ordinal);
        }
    }

    private static async Task Write(string path, string?[][] images, string?[][] annotations, int?[][] ages, string annotation = "annotation")
    {
        DataField image = new("image", typeof(string)),
            mesh = new(annotation, typeof(string)),
            age = new("age", typeof(int?)),
            study = new("study", typeof(long)),
            other = new("other", typeof(byte[]));
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(image, mesh, age, study, other), file);
        for (int group = 0; group < images.Length; group++)
        {
            using ParquetRowGroupWriter part = writer.CreateRowGroup();
            await part.WriteAsync(image, images[group]!);
            await part.WriteAsync(mesh, annotations[group]!);
            await part.WriteAsync<int>(age, (ReadOnlyMemory<int?>)ages[group]);
            await part.WriteAsync<long>(study, (ReadOnlyMemory<long>)Enumerable.Range(1, images[group].Length).Select(i => (long)i).ToArray());
            await part.WriteAsync(other, images[group].Select(_ => new byte[] { 1, 2 }).ToArray());
        }
    }
}
