namespace CxrAnnotate;

/// <summary>What of a DICOM file is taken. Recorded in saved models as the other options of loading are.</summary>
public sealed record DicomOptions
{
    /// <value>The frame of a multi-frame image; 0 is the first. A file that has no such frame cannot be read. The default value is 0.</value>
    public int Frame { get; init; }

    /// <value>
    /// Which of a file's presentations is taken: its VOI look-up tables count first, then its windows, from 0 on (DICOM PS3.3, C.11.2). A file that
    /// has some, but not this one, cannot be read; one that has none is shown from its darkest to its brightest value (of 8 bits: from 0 to 255).
    /// Null takes no file's presentation. The default value is 0.
    /// </value>
    public int? Window { get; init; } = 0;

    /// <value>
    /// Whether images that are no radiographs (CT, MR, US ...) are read as if they were. Without it a file is read whose modality is CR, DX, DR, RG
    /// or RF, OT or SC (converted and scanned ones), or not said.
    /// The default value is false.
    /// </value>
    public bool AcceptAnyModality { get; init; }

    /// <summary>What is taken where nothing is asked for.</summary>
    internal static DicomOptions Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Frame);
        if (Window is { } window)
            ArgumentOutOfRangeException.ThrowIfNegative(window, nameof(Window));
    }
}
