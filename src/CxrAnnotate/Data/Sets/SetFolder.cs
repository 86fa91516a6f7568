namespace CxrAnnotate;

/// <summary>The tables of a data set in its folder.</summary>
internal static class SetFolder
{
    /// <summary>The path itself if it is a file; in a folder, the first of the named files that exists, gzipped or not.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="set">The data set, for messages.</param>
    /// <param name="names">The possible file names, the preferred one first; <c>*</c> matches any text.</param>
    /// <exception cref="FileNotFoundException">There is no such path, or the folder has none of the files.</exception>
    internal static string Table(string path, string set, params ReadOnlySpan<string> names)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new FileNotFoundException(
                ErrorCode.DataNotFound.Message($"There is no file or folder '{path}'. Give the folder of {set}, or its table '{names[0]}'."),
                path
            );
        return Find(path, names)
            ?? throw new FileNotFoundException(
                ErrorCode.DataSetIncomplete.Message(
                    $"'{path}' does not look like the folder of {set}: it has no '{string.Join("' or '", names.ToArray())}'."
                ),
                Path.Combine(path, names[0])
            );
    }

    /// <summary>The first of the named files in a folder, gzipped or not; null if there is none.</summary>
    internal static string? Find(string folder, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            foreach (string form in (string[])[name, name + ".gz"])
            {
                if (
                    !form.Contains('*', StringComparison.Ordinal)
                        ? File.Exists(Path.Combine(folder, form))
                        : Directory.Exists(folder) && Directory.EnumerateFiles(folder, form).Any()
                )
                    return Directory.EnumerateFiles(folder, form).Order(StringComparer.Ordinal).First();
            }
        }

        return null;
    }

    /// <summary>The folder of a table.</summary>
    internal static string Of(string table) => Path.GetDirectoryName(Path.GetFullPath(table))!;
}
