namespace CxrAnnotate;

/// <summary>
/// Finds the radiographs in folders, in ordinal order of the paths: files by their extension (<see cref="Extensions"/>), and files without one, or
/// with one of digits, whose first bytes are those of DICOM. Every folder is entered once and every file given once, by whatever links they can be
/// reached. Nothing is opened that could block, and what cannot be read is an item with its reason. One that looks into several folders knows what it
/// has met in the earlier ones. Not for several threads at once.
/// </summary>
/// <remarks>
/// Files are found as they are asked for. Memory holds the names of the folders from the root down to where the search is, and 16 bytes (in a hash
/// table) for each file that was met.
/// </remarks>
/// <example><code>
/// var finder = new RadiographFinder(recursive: true);
/// foreach (AnnotatedRadiograph item in annotator.Annotate(finder.Find("export").Select(file => file.Path)))
///     Console.WriteLine(item.Reading?.Annotation ?? item.Error);
/// </code></example>
/// <param name="recursive">Whether folders in folders are looked into. The default value is false.</param>
/// <param name="allFiles">Whether every file counts, whatever it is. The default value is false.</param>
/// <param name="cancellation">Ends a search with <see cref="OperationCanceledException"/>.</param>
public sealed class RadiographFinder(bool recursive = false, bool allFiles = false, CancellationToken cancellation = default)
{
    private static readonly string[] _extensions = [".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".dcm", ".dicom", ".dic"];

    private readonly FileTree _tree = new(recursive, cancellation);

    /// <summary>The extensions, in any case, that make a file a radiograph.</summary>
    public static IReadOnlyList<string> Extensions => _extensions;

    /// <summary>How many links, folders and files were passed over so far because they lead to what had been met before.</summary>
    public int Repeated => _tree.Repeated;

    /// <summary>How many FIFOs, sockets and devices in folders were passed over so far.</summary>
    public int PassedOver { get; private set; }

    /// <summary>The radiographs of a folder, and what in it cannot be read.</summary>
    /// <param name="path">
    /// The folder. A path that leads to no folder is given as it is, whatever its name: it was meant, and who reads it says what is wrong with it.
    /// </param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<FoundFile> Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path) ? _tree.Walk(path).Where(Counts) : [new FoundFile(path, Kind: FileFacts.Of(path).Kind)];
    }

    private bool Counts(FoundFile found)
    {
        // What a folder that cannot be listed holds is not known.
        if (allFiles || found.Kind == FileKind.Folder)
            return true;
        string extension = Path.GetExtension(found.Path);
        if (_extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            return true;
        if (found.Kind == FileKind.Special)
        {
            PassedOver++;
            return false;
        }

        // Exported files are often named by numbers: IM000001, or the dotted UID, whose last part looks like an ending.
        if (Path.GetFileName(found.Path) == "DICOMDIR" || !extension.All(c => c is '.' or (>= '0' and <= '9')))
            return false;
        if (found.Problem is not null)
            return true;
        try
        {
            return DicomFile.Looks(new RadiographFile(found.Path).Peek(stackalloc byte[RadiographReader.StartLength]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // It may be one; who reads it says what is wrong.
            return true;
        }
    }
}
