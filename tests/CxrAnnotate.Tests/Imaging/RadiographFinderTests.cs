namespace CxrAnnotate.Tests;

public sealed class RadiographFinderTests : IDisposable
{
    private static readonly byte[] _dicom = [.. new byte[128], .. "DICM"u8];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Radiographs_are_found_by_their_extension_and_DICOM_by_its_content()
    {
        string[] radiographs =
        [
            _folder.Write("1.2.840", _dicom),
            _folder.Write("IM000001", _dicom),
            _folder.Write("a.PNG", ""),
            _folder.Write("b.dcm", ""),
        ];
        string[] others = [_folder.Write("DICOMDIR", _dicom), _folder.Write("IM000002", "text"), _folder.Write("notes.txt", _dicom)];
        string below = _folder.Write("below/c.tif", "");
        Assert.Equal(radiographs.ToHashSet(), Paths(new RadiographFinder()));
        Assert.Equal([.. radiographs, below], Paths(new RadiographFinder(recursive: true)));
        Assert.Equal([.. radiographs, .. others, below], Paths(new RadiographFinder(recursive: true, allFiles: true)));
    }

    [Fact]
    public void A_path_that_is_not_a_folder_is_returned_and_a_folder_is_entered_once()
    {
        string text = _folder.Write("notes.txt", ""),
            image = _folder.Write("a.png", ""),
            none = Path.Combine(_folder.Path, "none.png");
        var finder = new RadiographFinder();
        Assert.Equal([new FoundFile(text)], finder.Find(text));
        Assert.Equal([new FoundFile(none, Kind: FileKind.Missing)], finder.Find(none));
        Assert.Equal([new FoundFile(image)], finder.Find(_folder.Path));
        Assert.Empty(finder.Find(_folder.Path));
        Assert.Equal((1, 0), (finder.Repeated, finder.PassedOver));
    }

    private HashSet<string> Paths(RadiographFinder finder) => [.. finder.Find(_folder.Path).Select(found => found.Path)];
}
