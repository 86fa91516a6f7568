namespace CxrAnnotate;

/// <summary>
/// Finds the radiographs in folders, in ordinal order of the paths: files by their extension (<see cref="Extensions"/>), and files without one, or
/// with one of digits, whose first bytes are those of DICOM. Every folder is entered once and every file returned once, through whatever links they
/// can be reached. Nothing that could block is opened, and an unreadable file or folder is an item with a reason. A finder remembers what it found in
/// earlier folders. It is not thread-safe.
/// </summary>
/// <remarks>
/// The search is lazy. Memory holds the names of the folders from the root down to the current one, and 16 bytes (in a hash table) for each file
/// found.
/// </remarks>
/// <example><code>
/// var finder = new RadiographFinder(recursive: true);
/// foreach (AnnotatedRadiograph item in annotator.Annotate(finder.Find("export").Select(file => file.Path)))
///     Console.WriteLine(item.Reading?.Annotation ?? item.Error);
/// </code></example>
/// <param name="recursive">Whether to search subfolders. The default value is false.</param>
/// <param name="allFiles">Whether to return every file, whatever its kind. The default value is false.</param>
/// <param name="cancellation">Ends a search with <see cref="OperationCanceledException"/>.</param>
public sealed class RadiographFinder(bool recursive = false, bool allFiles = false, CancellationToken cancellation = default)
{
    private static readonly string[] _extensions =
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".bmp",
        ".tif",
        ".tiff",
        ".webp",
        ".gif",
        ".pgm",
        ".jp2",
        ".j2k",
        ".jls",
        ".dcm",
        ".dicom",
        ".dic",
    ];

    private readonly FileTree _tree = new(recursive, cancellation);

    /// <summary>The extensions that identify a radiograph, in upper or lower case.</summary>
    public static IReadOnlyList<string> Extensions => _extensions;

    /// <summary>The number of links, folders and files skipped so far because they lead to something already found.</summary>
    public int Repeated => _tree.Repeated;

    /// <summary>The number of FIFOs, sockets and devices in folders skipped so far.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Finds the radiographs of a folder and what cannot be read in it.</summary>
    /// <param name="path">
    /// The folder. A path that is not a folder is returned unchanged, whatever its name: it was named on purpose, and reading it reports any problem.
    /// </param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<FoundFile> Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path) ? _tree.Walk(path).Where(Counts) : [new FoundFile(path, Kind: FileFacts.Of(path).Kind)];
    }

    private bool Counts(FoundFile found)
    {
        // The contents of a folder that cannot be listed are unknown.
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

        // Exported files are often named by numbers: IM000001, or the dotted UID, whose last part looks like an extension.
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
            // It may be a radiograph; reading it reports any problem.
            return true;
        }
    }
}
