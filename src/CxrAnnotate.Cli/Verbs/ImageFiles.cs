namespace CxrAnnotate.Cli;

/// <summary>The images that a command line names by files and folders.</summary>
internal static class ImageFiles
{
    private static readonly string[] _extensions = [".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".dcm", ".dicom", ".dic"];

    /// <summary>A file as it is named; of a folder, in the order of their paths, its images by their names, and files without a known ending whose first bytes are those of DICOM.</summary>
    /// <exception cref="UsageException">A folder has none.</exception>
    internal static IEnumerable<string> Expand(string path, bool recursive)
    {
        if (!Directory.Exists(path))
            return [path];
        string[] images = [.. Directory.EnumerateFiles(path, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly).Where(IsImage).Order(StringComparer.Ordinal)];
        return images.Length > 0 ? images
            : throw new UsageException(ErrorCode.NothingToRead.Message($"The folder '{path}' has no radiographs ({string.Join(", ", _extensions)}, or DICOM without an ending).{(recursive ? "" : " --recursive looks in the folders below, too.")}"));
    }

    private static bool IsImage(string path)
    {
        string extension = Path.GetExtension(path);
        if (_extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            return true;
        // Exported files are often named by numbers: IM000001, or the dotted UID, whose last part looks like an ending.
        if (Path.GetFileName(path) == "DICOMDIR" || !extension.All(c => c is '.' or (>= '0' and <= '9')))
            return false;
        try
        {
            return DicomFile.Looks(new RadiographFile(path).Peek(stackalloc byte[RadiographReader.StartLength]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
