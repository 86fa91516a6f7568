using System.Diagnostics;
using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class FileTreeTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_come_in_the_ordinal_order_of_their_whole_paths() =>
        Gen.Char["a-./0Z_é"]
            .Array[1, 6]
            .Select(name => new string(name).Replace("//", "/", StringComparison.Ordinal).Trim('/', '.'))
            .Where(name => name.Length > 0 && !name.Split('/').Any(part => part is "." or ".." or ""))
            .Array[1, 12]
            .Sample(
                names =>
                {
                    using var folder = new ScratchFolder();
                    var written = new SortedSet<string>(StringComparer.Ordinal);
                    foreach (string name in names)
                    {
                        // A path that is already a folder, or in what is already a file, cannot be written.
                        string path = Path.Combine(folder.Path, name);
                        if (Directory.Exists(path) || Parents(folder.Path, path).Any(File.Exists))
                            continue;
                        written.Add(folder.Write(name, ""));
                    }

                    Assert.Equal(written, FileTree.Files(folder.Path));
                    Assert.Equal(
                        written.Where(path => Path.GetDirectoryName(path) == folder.Path),
                        new FileTree(recursive: false).Walk(folder.Path).Select(found => found.Path)
                    );
                },
                iter: 200
            );

    [Fact]
    public void Links_to_folders_above_and_to_each_other_are_followed_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right that users do not have.");
        string a = _folder.Write("a.png", ""),
            b = _folder.Write("below/b.png", "");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "below", "up"), _folder.Path);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "here"), ".");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "x"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "y"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "x", "to"), "../y");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "y", "to"), "../x");
        var tree = new FileTree(recursive: true);
        Assert.Equal([new FoundFile(a), new FoundFile(b)], tree.Walk(_folder.Path));
        // up, here; y by x/to, whose own link leads to x; then y itself.
        Assert.Equal(4, tree.Repeated);
        Assert.Empty(tree.Walk(Path.Combine(_folder.Path, "here")));
    }

    [Fact]
    public void A_file_with_links_is_returned_once_and_hard_links_are_separate_files()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ln is asked.");
        string real = _folder.Write("m.png", "");
        foreach ((string link, string[] how) in ((string, string[])[])[("a.png", ["-s"]), ("z.png", ["-s"]), ("hard.png", [])])
            Shell("ln", [.. how, real, Path.Combine(_folder.Path, link)]);
        // The link comes before its target, so that other names of the same file count as repetitions.
        var tree = new FileTree(recursive: true);
        Assert.Equal(["a.png"], tree.Walk(_folder.Path).Select(found => Path.GetFileName(found.Path)));
        Assert.Equal(3, tree.Repeated);
        File.Delete(Path.Combine(_folder.Path, "a.png"));
        Assert.Equal(["hard.png", "m.png"], FileTree.Files(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void What_cannot_be_read_is_reported_in_its_place_and_the_others_are_returned()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is asked.");
        string first = _folder.Write("a.png", ""),
            last = _folder.Write("z/z.png", "");
        Shell("mkfifo", Path.Combine(_folder.Path, "pipe.png"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "nothing.png"), "absent");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "circle.png"), "circle.png");
        Shell("bash", "-c", $"touch '{_folder.Path}/'$'x\\xff.png'");
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix,
            System.Net.Sockets.SocketType.Stream,
            System.Net.Sockets.ProtocolType.Unspecified
        );
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(_folder.Path, "socket.png")));
        FoundFile[] found = [.. new FileTree(recursive: true).Walk(_folder.Path)];
        Assert.Equal(
            ["a.png", "circle.png", "nothing.png", "pipe.png", "socket.png", "x\uFFFD.png", "z.png"],
            found.Select(f => Path.GetFileName(f.Path))
        );
        Assert.Equal(
            [FileKind.File, FileKind.Missing, FileKind.Missing, FileKind.Special, FileKind.Special, FileKind.Missing, FileKind.File],
            found.Select(f => f.Kind)
        );
        Assert.Equal(
            [
                null,
                "it is a link that leads to itself",
                "it is a link to nothing",
                "it is a FIFO, a socket or a device, not a file",
                "it is a FIFO, a socket or a device, not a file",
                "its name is not valid UTF-8; rename it",
                null,
            ],
            found.Select(f => f.Problem is null ? null : CxrError.TextOf(f.Problem))
        );
        Assert.Equal([first, last], FileTree.Files(_folder.Path));
        // .NET cannot remove what it cannot name.
        Shell("bash", "-c", $"rm '{_folder.Path}/'$'x\\xff.png'");
    }

    [Fact]
    public void A_tree_too_deep_for_a_path_ends_with_a_reason_and_the_rest_is_returned()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A shell makes the tree.");
        string last = _folder.Write("z.png", "");
        Shell("bash", "-c", $"cd '{_folder.Path}'; for i in $(seq 600); do mkdir deepdeepdeep; cd deepdeepdeep; done");
        FoundFile[] found = [.. new FileTree(recursive: true).Walk(_folder.Path)];
        Assert.Equal(2, found.Length);
        Assert.Contains("too long", found[0].Problem, StringComparison.Ordinal);
        Assert.Equal(last, found[1].Path);
        // .NET cannot remove what it cannot name.
        Shell("rm", "-rf", Path.Combine(_folder.Path, "deepdeepdeep"));
    }

    [Fact]
    public void An_unreadable_folder_is_reported_and_the_rest_is_returned()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Who may do everything is refused nothing.");
        string last = _folder.Write("z.png", ""),
            closed = Path.GetDirectoryName(_folder.Write("closed/a.png", ""))!;
        Shell("chmod", "000", closed);
        try
        {
            FoundFile[] found = [.. new FileTree(recursive: true).Walk(_folder.Path)];
            Assert.Equal([closed, last], found.Select(f => f.Path));
            Assert.Contains("denied", found[0].Problem, StringComparison.Ordinal);
        }
        finally
        {
            Shell("chmod", "700", closed);
        }
    }

    [Fact]
    public void A_walk_without_results_can_be_cancelled()
    {
        for (int i = 0; i < 50; i++)
            Directory.CreateDirectory(Path.Combine(_folder.Path, $"{i}"));
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => new FileTree(recursive: true, source.Token).Walk(_folder.Path).Count());
    }

    [Fact]
    public void A_FIFO_is_rejected_before_it_is_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is asked.");
        string pipe = Path.Combine(_folder.Path, "pipe.png");
        Shell("mkfifo", pipe);
        foreach (string path in (string[])[pipe, "/dev/zero"])
        {
            Assert.Contains(
                "it is a FIFO",
                Assert.Throws<InvalidDataException>(() => RadiographReader.Read(path, new RadiographFormat(8, 8))).Message,
                StringComparison.Ordinal
            );
            Assert.Contains("it is a FIFO", RadiographDescription.Of(path).Error, StringComparison.Ordinal);
            Assert.Throws<InvalidDataException>(() => new RadiographFile(path).Open());
            Assert.Throws<InvalidDataException>(() => new RadiographFile(path).OpenSource());
        }

        float[] pixels = new float[64];
        Assert.Throws<InvalidDataException>(() =>
            new RadiographCache(Path.Combine(_folder.Path, "cache"), 1 << 20).Read(pipe, new RadiographFormat(8, 8), pixels)
        );
    }

    [Fact]
    public void A_folder_of_DICOM_files_with_a_FIFO_and_a_link_to_itself_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is asked.");
        ChestXrayCatalog cxr = new MLContext(seed: 1).ChestXray();
        cxr.Data.WritePhantom(
            _folder.Path,
            new ChestPhantomOptions
            {
                Studies = 2,
                Size = 64,
                Format = PhantomFormat.Dicom,
            },
            validation: 0,
            test: 0,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Shell("mkfifo", Path.Combine(_folder.Path, "images", "pipe.dcm"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "images", "up"), "..");
        IDataView rows = cxr.Data.LoadDicom(Path.Combine(_folder.Path, "images"), new LoadDicomOptions());
        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(_folder.Path, "images"), "*0*.dcm").Order(StringComparer.Ordinal),
            rows.GetColumn<string>("ImagePath")
        );
    }

    private static void Shell(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static IEnumerable<string> Parents(string root, string path)
    {
        for (string? parent = Path.GetDirectoryName(path); parent is not null && parent.Length > root.Length; parent = Path.GetDirectoryName(parent))
            yield return parent;
    }
}
