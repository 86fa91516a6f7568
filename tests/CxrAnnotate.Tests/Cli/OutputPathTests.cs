using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class OutputPathTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    [Fact]
    public void An_existing_file_is_replaced_only_with_force_and_only_by_its_own_kind()
    {
        string page = _folder.Write("page.html", "<!doctype html>\n<html>"),
            image = _folder.Write("image.html", "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR");
        OutputPath.ClaimFile(At("new.html"), "--report", OutputKind.Page, force: false);
        OutputPath.ClaimFile(At("deep/down/new.html"), "--report", OutputKind.Page, force: false);
        Assert.Contains("--force", Refused(page, force: false), StringComparison.Ordinal);
        OutputPath.ClaimFile(page, "--report", OutputKind.Page, force: true);
        Assert.Contains("not an output of this verb", Refused(image, force: true), StringComparison.Ordinal);
        Assert.Contains("is a folder", Refused(_folder.Path, force: true), StringComparison.Ordinal);
        Assert.Contains("is a file", Refused(Path.Combine(page, "below.html"), force: true), StringComparison.Ordinal);

        string Refused(string path, bool force) =>
            Assert.Throws<UsageException>(() => OutputPath.ClaimFile(path, "--report", OutputKind.Page, force)).Message;
    }

    [Fact]
    public void An_input_is_never_overwritten_under_any_name()
    {
        string input = _folder.Write("reports.csv", "study,report\n");
        string[] names = [input, Path.Combine(_folder.Path, "x", "..", "reports.csv"), Path.GetRelativePath(Environment.CurrentDirectory, input)];
        foreach (string name in names)
            Assert.Contains(
                "is an input",
                Assert.Throws<UsageException>(() => OutputPath.ClaimFile(name, "--out", OutputKind.Text, force: true, input)).Message,
                StringComparison.Ordinal
            );
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(At("link.csv"), input);
            Assert.Throws<UsageException>(() => OutputPath.ClaimFile(At("link.csv"), "--out", OutputKind.Text, force: true, input));
            Assert.Throws<UsageException>(() => OutputPath.ClaimFile(input, "--out", OutputKind.Text, force: true, At("link.csv")));
        }

        string model = _folder.Write("run/iteration-1/classifier.json", "{}");
        Assert.Contains(
            "a file of the run",
            Assert.Throws<UsageException>(() => OutputPath.ClaimFile(model, "--out", OutputKind.Text, force: true, At("run"))).Message,
            StringComparison.Ordinal
        );
        OutputPath.ClaimFile(At("run/report.html"), "--report", OutputKind.Page, force: false, At("run"));
    }

    [Fact]
    public void A_folder_with_the_verbs_output_needs_force_and_only_that_output_is_removed()
    {
        _folder.Write("run/cascade.json", "{}");
        _folder.Write("run/iteration-2/decoder.json", "{}");
        string notes = _folder.Write("run/notes.txt", "mine");
        Assert.Contains("--force", Assert.Throws<UsageException>(() => Claim(force: false)).Message, StringComparison.Ordinal);
        Claim(force: true).Clear();
        Assert.Equal([notes], Directory.GetFileSystemEntries(At("run"), "*", SearchOption.AllDirectories));
        // A file only beside the output is no reason to reject it.
        Claim(force: false).Clear();
        Assert.True(File.Exists(notes));
    }

    [Fact]
    public void An_output_folder_with_a_foreign_file_is_rejected_even_with_force()
    {
        _folder.Write("run/iteration-1/decoder.json", "{}");
        string foreign = _folder.Write("run/iteration-1/thesis.doc", "mine");
        Assert.Contains("iteration-1/thesis.doc", Assert.Throws<UsageException>(() => Claim(force: true)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public void Links_are_not_followed_when_a_folder_is_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links of Unix.");
        string elsewhere = _folder.Write("elsewhere/decoder.json", "{}");
        _folder.Write("run/cascade.json", "{}");
        Directory.CreateSymbolicLink(At("run/iteration-1"), At("elsewhere"));
        Claim(force: true).Clear();
        Assert.True(File.Exists(elsewhere));
        Assert.False(File.Exists(At("run/cascade.json")));
    }

    [Fact]
    public void A_folder_that_holds_an_input_is_not_replaced()
    {
        _folder.Write("run/cascade.json", "{}");
        _folder.Write("run/iteration-1/classifier.safetensors", "weights");
        Assert.Contains("is an input", Assert.Throws<UsageException>(() => Claim(force: true, At("run"))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "is read",
            Assert.Throws<UsageException>(() => Claim(force: true, At("run/iteration-1/classifier.safetensors"))).Message,
            StringComparison.Ordinal
        );
        Claim(force: true, _folder.Write("table.csv", "image,annotation\n"));
    }

    [Theory]
    [InlineData("phantom", "--studies", "3", "--size", "64", "--out")]
    public async Task Two_sets_of_phantoms_are_not_mixed(params string[] arguments)
    {
        string folder = At("phantom");
        Assert.Equal(CommandLine.Success, (await Tool.Run([.. arguments, folder, "--views", "both"])).Code);
        Assert.Equal(6, Directory.GetFiles(Path.Combine(folder, "images")).Length);
        Tool refused = await Tool.Run([.. arguments, folder]);
        Assert.Equal(CommandLine.Usage, refused.Code);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(CommandLine.Success, (await Tool.Run([.. arguments, folder, "--force"])).Code);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder, "images")).Length);
    }

    private ClaimedFolder Claim(bool force, params string[] inputs) =>
        OutputPath.ClaimFolder(At("run"), "--out", RunFiles.IsOwn, "a trained run", force, inputs);
}
