using System.Security.Cryptography;
using System.Text.Json;
using CxrAnnotate.Cli;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

public sealed class InfoVerbTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_file_has_a_result_in_the_order_of_the_arguments()
    {
        byte[] samples = [0, 10, 20, 30, 40, 250];
        string png = _folder.Write("grey.png", ImageBytes.Png(3, 2, 8, ImageBytes.Grey, samples));
        string deep = _folder.Write("deep.png", ImageBytes.Png(1, 2, 16, ImageBytes.Grey, [0x0F, 0xFF, 0x00, 0x01]));
        string text = _folder.Write("text.png", "no image");
        string absent = Path.Combine(_folder.Path, "absent.dcm");
        new MLContext(seed: 1)
            .ChestXray()
            .Data.WritePhantom(
                _folder.Path,
                new ChestPhantomOptions
                {
                    Studies = 1,
                    Size = 64,
                    Format = PhantomFormat.Dicom,
                },
                validation: 0,
                test: 0,
                cancellationToken: TestContext.Current.CancellationToken
            );
        string dicom = Directory.EnumerateFiles(Path.Combine(_folder.Path, "images")).Single();

        Tool tool = await Tool.Run("info", "--json", text, png, absent, deep, Path.Combine(_folder.Path, "images"), _folder.Write("empty.dcm", ""));
        Assert.Equal(CommandLine.Incomplete, tool.Code);
        Assert.Contains("3 of 6 files could not be read.", tool.Error, StringComparison.Ordinal);
        JsonElement[] items = tool.Lines;
        Assert.Equal(
            [text, png, absent, deep, dicom, Path.Combine(_folder.Path, "empty.dcm")],
            items.Select(item => item.GetProperty("file").GetString())
        );
        Assert.Equal([true, false, true, false, false, true], items.Select(item => item.GetProperty("error").ValueKind == JsonValueKind.Object));
        Assert.Contains("no such file", items[2].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);

        Assert.Equal(
            ("png", 2, 3, 8, 0, 250),
            (
                items[1].GetProperty("kind").GetString(),
                Number(items[1], "rows"),
                Number(items[1], "columns"),
                Number(items[1], "bitsStored"),
                Number(items[1], "min"),
                Number(items[1], "max")
            )
        );
        Assert.Equal(350 / 6.0, items[1].GetProperty("mean").GetDouble(), 1e-4);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData([.. samples.SelectMany(s => BitConverter.GetBytes((int)s))])),
            items[1].GetProperty("sha256").GetString()
        );
        Assert.Equal((16, 1, 4095), (Number(items[3], "bitsStored"), Number(items[3], "min"), Number(items[3], "max")));
        Assert.Equal(
            ("dicom", "1.2.840.10008.1.2.1", "MONOCHROME2", "DX", "PA", 64),
            (
                items[4].GetProperty("kind").GetString(),
                items[4].GetProperty("transferSyntax").GetString(),
                items[4].GetProperty("photometric").GetString(),
                items[4].GetProperty("modality").GetString(),
                items[4].GetProperty("view").GetString(),
                Number(items[4], "rows")
            )
        );
    }

    [Fact]
    public async Task On_a_terminal_files_are_rows_of_a_table_and_errors_are_warnings()
    {
        using StringWriter output = new(),
            error = new();
        int code = await new CommandLine(new FakeRuns(), new Terminal(output, error, OutputIsTerminal: true, ErrorIsTerminal: false)).RunAsync(
            ["info", _folder.Write("text.dcm", "no DICOM"), _folder.Write("grey.png", ImageBytes.Png(2, 1, 8, ImageBytes.Grey, [7, 9]))],
            TestContext.Current.CancellationToken
        );
        Assert.Equal(CommandLine.Incomplete, code);
        Assert.Contains("2 x 1", output.ToString(), StringComparison.Ordinal);
        Assert.Matches(@"text\.dcm' could not be read: .*known", error.ToString());
    }

    [Fact]
    public async Task What_a_file_says_wrong_is_named_in_the_output_and_the_warnings()
    {
        string file = Path.Combine(_folder.Path, "window.dcm");
        await File.WriteAllBytesAsync(
            file,
            LenientReading.Grey.File(LenientReading.Window("2000", "0")),
            TestContext.Current.CancellationToken
        );
        const string said = "Its WindowWidth (0028,1051) is 0: the window is not applied.";
        Tool tool = await Tool.Run("info", "--json", file);
        Assert.Equal(CommandLine.Success, tool.Code);
        JsonElement warning = Assert.Single(Assert.Single(tool.Lines).GetProperty("warnings").EnumerateArray());
        Assert.Equal(("readLeniently", said), (warning.GetProperty("kind").GetString(), warning.GetProperty("message").GetString()));
        Assert.Contains($"window.dcm': {said}", tool.Error, StringComparison.Ordinal);
        Tool strict = await Tool.Run("info", "--json", "--strict", file);
        JsonElement refused = strict.Lines.First();
        Assert.Contains("WindowWidth (0028,1051) is 0", refused.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(refused.GetProperty("warnings").EnumerateArray());
        Assert.NotEqual(CommandLine.Success, strict.Code);
        JsonSchemas.Validate("info", tool.Output);
    }

    [Fact]
    public async Task Only_unreadable_files_are_an_error()
    {
        Tool tool = await Tool.Run("info", _folder.Write("text.dcm", "no DICOM"));
        Assert.Equal(CommandLine.Failure, tool.Code);
        Assert.Equal(JsonValueKind.Object, Assert.Single(tool.Lines).GetProperty("error").ValueKind);
    }

    private static int Number(JsonElement item, string name) => item.GetProperty(name).GetInt32();
}
