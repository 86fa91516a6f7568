using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>Messages name files as the user gave them: logs are shared and must not reveal local paths.</summary>
public sealed class GivenNamesTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "data/none/",
        "train",
        "--data",
        "data/table.csv",
        "--out",
        "run",
        "--minimum-cases",
        "1",
        "--image-size",
        "64",
        "--epochs",
        "1",
        "--iterations",
        "1"
    )]
    [InlineData("norun", "evaluate", "--run", "norun", "--data", "data/table.csv")]
    [InlineData("norun", "export", "--run", "norun", "--onnx", "x.onnx")]
    [InlineData("data/none.png", "info", "data/none.png")]
    [InlineData("data/table.csv", "mine-reports", "data/table.csv")]
    [InlineData("data/table.csv", "mine", "data/table.csv")]
    [InlineData("there.onnx", "export", "--run", "norun", "--onnx", "there.onnx")]
    public async Task A_file_is_named_as_it_was_given(string shown, params string[] arguments)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "data"));
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "data", "table.csv"),
            "image,annotation\nnone/1.png,normal\nnone/2.png,normal\nnone/3.png,Nodule/lung\nnone/4.png,Nodule/lung\n",
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "there.onnx"), "", TestContext.Current.CancellationToken);
        Tool ended = await Tool.End(Start(arguments));
        Assert.NotEqual(0, ended.Code);
        Assert.Contains(shown, ended.Output + ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, ended.Output + ended.Error, StringComparison.Ordinal);
    }

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Tool.Program(), arguments)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }
}
