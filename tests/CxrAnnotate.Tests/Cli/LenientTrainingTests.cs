using CxrAnnotate.Cli;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>What a verb that trains or measures shows about the files that it reads.</summary>
public sealed class LenientTrainingTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_tool_names_files_that_are_read_leniently_and_the_option_that_refuses_them()
    {
        string proper = _folder.Write("proper.dcm", LenientReading.Grey.File(LenientReading.Window("2000", "100"))),
            lenient = _folder.Write("lenient.dcm", LenientReading.Grey.File(LenientReading.Window("2000", "0")));
        using StringWriter error = new();
        using (Session session = new(new Terminal(TextWriter.Null, error, false, false), "train", new OutputSettings(false, false, false)))
        {
            ChestXrayCatalog cxr = session.CreateContext(seed: 1).ChestXray();
            IDataView rows = cxr.Data.LoadRecords([new() { ImagePath = proper }, new() { ImagePath = lenient }]);
            // A training reads its rows several times, by stages of its own.
            for (int stage = 0; stage < 2; stage++)
                Assert.Equal(2, cxr.LoadRadiographs(new() { Height = 2, Width = 3 }).Fit(rows).Transform(rows).GetColumn<float[]>("Image").Count());
        }

        string said = error.ToString();
        Assert.Equal(
            2,
            said.Split("lenient.dcm' does not keep to the standard. Its WindowWidth (0028,1051) is 0: the window is not applied.").Length
        );
        Assert.Equal(2, said.Split("1 of 2 radiographs do not keep to the DICOM standard and were read leniently (--strict refuses them).").Length);
        Assert.DoesNotContain("proper.dcm", said, StringComparison.Ordinal);
    }
}
