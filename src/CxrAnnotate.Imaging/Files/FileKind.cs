namespace CxrAnnotate;

/// <summary>The kind of object at a path.</summary>
public enum FileKind
{
    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A FIFO, a socket or a device: opening one may block forever.</summary>
    Special,

    /// <summary>Nothing that can be reached.</summary>
    Missing,
}
