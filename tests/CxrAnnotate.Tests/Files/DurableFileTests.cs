namespace CxrAnnotate.Tests;

public sealed class DurableFileTests
{
    [Fact]
    public void An_interrupted_write_leaves_the_file_unchanged_and_nothing_beside_it()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("a.bin", "before");
        Assert.Throws<FormatException>(() =>
            DurableFile.Write(
                path,
                file =>
                {
                    file.Write("half"u8);
                    throw new FormatException();
                }
            )
        );
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        DurableFile.WriteText(path, "after");
        Assert.Equal("after", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void The_longest_file_name_can_be_written()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, new string('n', 251) + ".zip");
        DurableFile.WriteText(path, "long");
        Assert.Equal("long", File.ReadAllText(path));
    }

    [Fact]
    public void A_link_is_followed_and_permissions_are_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links and modes of Unix.");
        using var folder = new ScratchFolder();
        string path = folder.Write("real.txt", "before"),
            link = Path.Combine(folder.Path, "link.txt");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(link, path);
        DurableFile.WriteText(link, "after");
        Assert.Equal("after", File.ReadAllText(path));
        Assert.NotNull(new FileInfo(link).LinkTarget);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_device_is_written_to_and_not_replaced()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "There is no /dev/null.");
        DurableFile.WriteText("/dev/null", "gone");
        using FileStream device = File.OpenRead("/dev/null");
        Assert.Equal(0, device.Read(new byte[8]));
        Assert.DoesNotContain(Directory.GetFiles("/dev"), name => name.EndsWith(DurableFile.AsideSuffix, StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_disk_is_reported_with_the_requested_file()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full.");
        Assert.Contains("No space left", Assert.Throws<IOException>(() => DurableFile.WriteText("/dev/full", "x")).Message, StringComparison.Ordinal);
        using var folder = new ScratchFolder();
        Assert.Contains(
            "there is no folder",
            Assert.Throws<DirectoryNotFoundException>(() => DurableFile.WriteText(Path.Combine(folder.Path, "no", "a.txt"), "x")).Message,
            StringComparison.Ordinal
        );
    }
}
