namespace CxrAnnotate;

/// <summary>The folder that <see cref="RecurrentCascadeTransformer.Save"/> writes (docs/persistence.md), and what else belongs to it.</summary>
public static class SavedRun
{
    /// <summary>The chosen iteration as an ONNX model, for reading without libtorch. A cascade whose decoder samples does not have it.</summary>
    public const string OnnxFile = RunFiles.Onnx;

    /// <summary>
    /// Whether a file is one that a run of this library has: of the cascade, its checkpoints, or what <c>cxr train</c> writes beside it.
    /// </summary>
    /// <param name="path">The file's path from the folder on, its parts joined by '/'.</param>
    public static bool IsOwn(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return RunFiles.IsOwn(path);
    }

    /// <summary>
    /// Writes a text (UTF-8) beside a saved cascade, whole or not at all, and its checksum into the manifest, where the folder has one.
    /// </summary>
    /// <param name="folder">The folder of the cascade.</param>
    /// <param name="name">The name of the file.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The manifest is damaged, or of a newer version.</exception>
    /// <exception cref="IOException">The file could not be written; an earlier one is as it was.</exception>
    public static void WriteBeside(string folder, string name, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(text);
        DurableFile.WriteText(Path.Combine(folder, name), text);
        FolderManifest.Add(folder, name);
    }
}
