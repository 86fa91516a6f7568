namespace CxrAnnotate;

/// <summary>Finds the images that a table names, by file name or by the end of their path, and counts the missing ones.</summary>
internal sealed class ImageFinder
{
    private static readonly string[] _types = [".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif", ".tiff"];

    private readonly string _folder;
    private readonly int _depth;
    private readonly Dictionary<string, string> _paths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    /// <param name="folder">The folder that holds the images, at any depth.</param>
    /// <param name="depth">The number of trailing path parts that identify an image: 1 if file names are unique.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    internal ImageFinder(string folder, int depth = 1)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(ErrorCode.ImageFolderNotFound.Message($"There is no image folder '{folder}'."));
        (_folder, _depth) = (Path.GetFullPath(folder), depth);
        // Unreadable images are reported as missing.
        foreach (string file in FileTree.Files(_folder))
        {
            if (
                _types.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                && !_paths.TryAdd(Key(file), file)
                && string.CompareOrdinal(file, _paths[Key(file)]) < 0
            )
                _paths[Key(file)] = file;
        }
    }

    /// <summary>
    /// Finds the file of an image, or its expected path. A file of another type than the table's is accepted, since sets are redistributed in other
    /// formats.
    /// </summary>
    /// <param name="relative">The image's path or name in the table.</param>
    /// <param name="path">The file, or its expected path in the folder.</param>
    /// <returns>Whether the file exists.</returns>
    internal bool TryFind(string relative, out string path)
    {
        string name = relative.Replace('\\', '/');
        string? found = _paths.GetValueOrDefault(Key(name));
        for (int i = 0; found is null && i < _types.Length; i++)
            found = _paths.GetValueOrDefault(Key(Path.ChangeExtension(name, _types[i])));
        path = found ?? Path.Combine(_folder, name.TrimStart('/').Replace('/', Path.DirectorySeparatorChar));
        return found is not null;
    }

    /// <summary>Whether an image is named for the first time.</summary>
    internal bool IsNew(string relative) => _named.Add(Key(relative.Replace('\\', '/')));

    /// <summary>
    /// Leaves out the rows whose image is missing. If no image at all was found, the rows are kept with a warning, so that tables can be read without
    /// the images.
    /// </summary>
    /// <param name="rows">The rows, their lines, and whether their images exist.</param>
    /// <param name="skipped">Receives the warning.</param>
    internal List<RadiographRecord> WithImages(List<(RadiographRecord Row, int Line, bool Found)> rows, SkippedRows skipped)
    {
        if (!rows.Exists(row => row.Found))
        {
            if (rows.Count > 0)
                skipped.Note(
                    $"none of its {rows.Count} images is in '{_folder}' (the first would be '{rows[0].Row.ImagePath}'). The rows are kept without "
                        + $"images; name the folder of the images to use them."
                );
            return [.. rows.Select(row => row.Row)];
        }

        UnusedValues missing = skipped.Values($"images are not in '{_folder}', and their rows are left out");
        foreach ((RadiographRecord row, int line, bool found) in rows)
        {
            if (!found)
                missing.Add(line, Path.GetFileName(row.ImagePath));
        }

        return [.. rows.Where(row => row.Found).Select(row => row.Row)];
    }

    private string Key(string path)
    {
        ReadOnlySpan<char> rest = path;
        int start = rest.Length;
        for (int i = 0; i < _depth && start > 0; i++)
            start = rest[..start].LastIndexOfAny('/', '\\');
        return rest[(start + 1)..].ToString().Replace('\\', '/');
    }
}
