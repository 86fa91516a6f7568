namespace CxrAnnotate.Tests;

/// <summary>Texts in the character sets of DICOM: the examples of PS3.5, annexes H to K, and a name in each single-byte set.</summary>
public sealed class DicomTextTests
{
    [Theory]
    [InlineData("", "Adams^John Robert Quincy", "Adams^John Robert Quincy")]
    [InlineData("ISO_IR 100", "Buc^J\xE9r\xF4me", "Buc^Jérôme")]
    [InlineData("ISO_IR 101", "Wa\xB3\xEAsa", "Wałęsa")]
    [InlineData("ISO_IR 109", "\u00A1erba", "Ħerba")]
    [InlineData("ISO_IR 110", "\xA9umskas", "Šumskas")]
    [InlineData("ISO_IR 144", "\xBB\xEE\xDA\x63\x65\xDC\xD1\x79\x70\xD3", "Люкceмбypг")]
    [InlineData("ISO_IR 127", "\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1", "قباني^لنزار")]
    [InlineData("ISO_IR 126", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2", "Διονυσιος")]
    [InlineData("ISO_IR 138", "\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4", "שרון^דבורה")]
    [InlineData("ISO_IR 148", "\u00C7avu\xFEo\xF0lu", "Çavuşoğlu")]
    [InlineData("ISO_IR 203", "C\xBDur \xA4", "Cœur €")]
    [InlineData("ISO_IR 166", "\xCA\xC1\xAA\xD2\xC2", "สมชาย")]
    [InlineData("ISO_IR 13", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3", "ﾔﾏﾀﾞ^ﾀﾛｳ")]
    [InlineData("ISO_IR 192", "Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE4\xB8\x9C", "Wang^XiaoDong=王^小东")]
    [InlineData("GB18030", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB", "Wang^XiaoDong=王^小东")]
    [InlineData("GBK", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB", "Wang^XiaoDong=王^小东")]
    [InlineData(
        "\\ISO 2022 IR 87",
        "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう"
    )]
    [InlineData(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$m$&\x1B(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"
    )]
    [InlineData("\\ISO 2022 IR 87\\ISO 2022 IR 159", "A\x1B$(DmN\x1B(BB", "A齩B")]
    [InlineData(
        "\\ISO 2022 IR 149",
        "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF",
        "Hong^Gildong=洪^吉洞=홍^길동"
    )]
    [InlineData("\\ISO 2022 IR 58", "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=", "Zhang^XiaoDong=张^小东=")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 144", "Dion\xE9 \x1B-L\xBB\xEE\xDA", "Dioné Люк")]
    [InlineData("ISO_IR 999", "J\xE9r\xF4me", "Jérôme")]
    [InlineData("ISO_IR 192", "a\xFF" + "b", "a\uFFFDb")]
    [InlineData("", "lone \x1B[31m escape  ", "lone \x1B[31m escape")]
    public void Names_are_read_in_their_character_sets(string sets, string bytes, string text)
    {
        byte[] value = [.. bytes.Select(c => (byte)c)];
        DicomFile file = DicomFile.Read(
            DicomWriter.File(
                DicomWriter.ExplicitLittle,
                [WrittenElement.Text(0x0008_0005, "CS", sets), WrittenElement.Bytes(0x0010_0010, "PN", value)]
            )
        );
        Assert.Equal(text, file.Data.Text(0x0010_0010));
    }

    [Fact]
    public void Values_are_separated_and_trimmed()
    {
        DicomFile file = DicomFile.Read(
            DicomWriter.File(
                DicomWriter.ImplicitLittle,
                [WrittenElement.Text(0x0008_0008, "CS", " DERIVED\\PRIMARY \\\\AXIAL"), WrittenElement.Text(0x0028_1050, "DS", "1.5e2 \\ -3\\+4.")]
            )
        );
        Assert.Equal(["DERIVED", "PRIMARY", "", "AXIAL"], file.Data.Codes(0x0008_0008));
        Assert.Equal("DERIVED", file.Data.Code(0x0008_0008));
        Assert.Equal([150, -3, 4], file.Data.Numbers(0x0028_1050, "WindowCenter", new DicomNotes(strict: true)));
    }
}
