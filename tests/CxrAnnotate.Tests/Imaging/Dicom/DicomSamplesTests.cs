using System.Globalization;

namespace CxrAnnotate.Tests;

/// <summary>Files of many transfer syntaxes, decoded by other programs: the stored values must be theirs, bit for bit.</summary>
public sealed class DicomSamplesTests
{
    [Fact]
    public void Stored_values_are_those_of_other_decoders()
    {
        string list = TestData.Require("dicom/files.csv"),
            folder = Path.GetDirectoryName(list)!;
        using var skipped = new SkippedRows(new Microsoft.ML.MLContext(), list);
        CsvTable table = CsvTable.Read(list, skipped);
        int compared = 0;
        Assert.Multiple([
            .. table.Rows.Select(line =>
                (Action)(
                    () =>
                    {
                        Func<string, string> row = column => line[table.Find(column)];
                        string name = row("file");
                        DicomFile file = DicomFile.Open(new RadiographFile(Path.Combine(folder, name)));
                        Assert.Equal(row("modality"), file.Data.Code(DicomTags.Modality));
                        if (row("transfer_syntax_uid").Length > 0)
                            Assert.Equal(row("transfer_syntax_uid"), file.Syntax.Uid);
                        if (row("pixel_sha256").Length == 0)
                        {
                            Assert.Throws<InvalidDataException>(() => DicomImage.Of(file, 1 << 24));
                            return;
                        }

                        DicomImage image = DicomImage.Of(file, 1 << 24);
                        Assert.Equal(row("photometric"), image.Photometric);
                        Assert.Equal(
                            (row("rows"), row("columns")),
                            (image.Rows.ToString(CultureInfo.InvariantCulture), image.Columns.ToString(CultureInfo.InvariantCulture))
                        );
                        if (file.Syntax.Coding == DicomPixelCoding.Foreign && !TestCodecs.Decodes(file.Syntax.Uid))
                        {
                            Assert.Contains(
                                file.Syntax.Uid,
                                Assert.Throws<InvalidDataException>(() => image.Decode()).Message,
                                StringComparison.Ordinal
                            );
                            return;
                        }

                        int[] values = image.Decode();
                        using var figures = new StoredValues();
                        figures.Add(values);
                        Assert.True(
                            row("pixel_sha256") == figures.Sha256(),
                            $"{name}: values from {values.Min()} to {values.Max()}, mean {values.Average():F4}; expected {row("pixel_min")} to "
                                + $"{row("pixel_max")}, {row("pixel_mean")}"
                        );
                        compared++;
                    }
                )
            ),
        ]);
        Assert.True(compared >= 10);
    }
}
