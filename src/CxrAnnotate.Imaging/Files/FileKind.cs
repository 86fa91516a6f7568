namespace CxrAnnotate;

/// <summary>What a path leads to.</summary>
public enum FileKind
{
    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A FIFO, a socket or a device: opening one may block for ever.</summary>
    Special,

    /// <summary>Nothing that could be reached.</summary>
    Missing,
}
