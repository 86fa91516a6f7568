namespace CxrAnnotate;

/// <summary>The folder written by <see cref="RecurrentCascadeTransformer.Save"/> (docs/persistence.md) and its additional files.</summary>
public static class SavedRun
{
    /// <summary>The chosen iteration as an ONNX model, for reading without libtorch. Absent if the decoder samples its annotations.</summary>
    public const string OnnxFile = RunFiles.Onnx;

    /// <summary>
    /// The folder of the cascade's control (<see cref="RecurrentCascadeEstimator.FitControl"/>), if it was saved beside: a saved cascade itself.
    /// </summary>
    public const string ControlFolder = RunFiles.Control;

    /// <summary>Whether a file belongs to a run: to the cascade, its checkpoints, or the additional files of <c>cxr train</c>.</summary>
    /// <param name="path">The file's path relative to the folder, with '/' as the separator.</param>
    public static bool IsOwn(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return RunFiles.IsOwn(path);
    }

    /// <summary>Writes a text file (UTF-8) beside a saved cascade atomically, and adds its checksum to the manifest, if any.</summary>
    /// <param name="folder">The folder of the cascade.</param>
    /// <param name="name">The name of the file.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The manifest is damaged or of a newer version.</exception>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public static void WriteBeside(string folder, string name, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(text);
        WriteBeside(folder, name, path => DurableFile.WriteText(path, text));
    }

    /// <summary>Lets a file be written beside a saved cascade, and adds its checksum to the manifest, if any.</summary>
    /// <param name="folder">The folder of the cascade.</param>
    /// <param name="name">The name of the file.</param>
    /// <param name="write">Writes the file, whose path it is given.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The manifest is damaged or of a newer version.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public static void WriteBeside(string folder, string name, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(write);
        write(Path.Combine(folder, name));
        FolderManifest.Add(folder, name);
    }
}
