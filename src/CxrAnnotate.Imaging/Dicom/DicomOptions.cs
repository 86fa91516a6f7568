using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>Which frame and presentation of a DICOM file are read. Recorded in saved models like the other loading options.</summary>
public sealed record DicomOptions
{
    /// <value>The frame of a multi-frame image; 0 is the first. A file that has no such frame cannot be read. The default value is 0.</value>
    public int Frame { get; init; }

    /// <value>
    /// The VOI LUT or window to apply, by index from 0: VOI LUTs come first, then windows (DICOM PS3.3, C.11.2). A file that has some, but not this
    /// one, cannot be read. A file that has none is scaled from its darkest to its brightest value (with 8 bits: from 0 to 255). Null ignores VOI
    /// LUTs and windows. The default value is 0.
    /// </value>
    public int? Window { get; init; } = 0;

    /// <value>
    /// Whether images of any modality (CT, MR, US, ...) are read as if they were radiographs. If false, the modality must be CR, DX, DR, RG, RF, OT
    /// or SC (converted and scanned ones), or absent. The default value is false.
    /// </value>
    public bool AcceptAnyModality { get; init; }

    /// <value>
    /// Whether a file is refused that does not keep to the standard but has one sane reading: a window of width 0, a misspelt term, a missing
    /// delimiter. If false, such a file is read with a warning (<see cref="InputWarningKind.ReadLeniently"/>) that names what was taken instead.
    /// Pixels that are missing or damaged are refused in any case. The default value is false.
    /// </value>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Strict { get; init; }

    /// <summary>The default options.</summary>
    internal static DicomOptions Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Frame);
        if (Window is { } window)
            ArgumentOutOfRangeException.ThrowIfNegative(window, nameof(Window));
    }
}
