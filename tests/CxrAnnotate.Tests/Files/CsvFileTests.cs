using CsCheck;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

public sealed class CsvFileTests
{
    private static readonly string[] Pieces = ["'", "''", " ", "\t", "\r", "\n", "=", "+", "-", "@", "\uFF1D", "x", "1", ",", "\"", ";", "é"];

    private static readonly Gen<string> _text = Gen.OneOf(
        Gen.String,
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 6].Select(string.Concat)
    );

    [Fact]
    public void No_cell_is_a_formula_and_every_text_round_trips() =>
        _text.Sample(text =>
        {
            string cell = CsvFile.Cell(text);
            Assert.Equal(text, CsvFile.Text(cell));
            Assert.False(
                cell.TrimStart(' ') is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..],
                cell
            );
            // Text that is not a formula is unchanged: other programs read it.
            if (text.Length == 0 || char.IsLetterOrDigit(text[0]))
                Assert.Equal(text, cell);
        });

    [Theory]
    [InlineData(" \t=1", "' \t=1")]
    [InlineData("  \r", "'  \r")]
    [InlineData("' \n", "'' \n")]
    [InlineData(" x\t", " x\t")]
    public void A_line_break_or_tab_after_blanks_does_not_begin_a_cell(string text, string cell)
    {
        Assert.Equal(cell, CsvFile.Cell(text));
        Assert.Equal(text, CsvFile.Text(cell));
    }

    [Fact]
    public void A_table_with_formulas_round_trips_through_the_loader()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "table.csv");
        string[][] rows =
        [
            ["=cmd|'/c calc'!A1.png", "Nodule/lung", "+1", "-2"],
            ["@SUM(A1).png", "normal", "'quoted", "'=both"],
        ];
        CsvFile.Write(path, ["image", "annotation", "study", "patient"], rows);
        Assert.DoesNotContain(File.ReadAllLines(path).SelectMany(line => line.Split(',')), cell => cell.Trim('"') is ['=' or '+' or '-' or '@', ..]);
        RadiographRecord[] read =
        [
            .. new MLContext(1).Data.CreateEnumerable<RadiographRecord>(new MLContext(1).ChestXray().Data.LoadCsv(path), reuseRowObject: false),
        ];
        Assert.Equal(
            rows.Select(row => (Path.GetFullPath(Path.Combine(folder.Path, row[0])), row[2], row[3])),
            read.Select(row => (row.ImagePath, row.StudyId, row.PatientId))
        );
    }
}
