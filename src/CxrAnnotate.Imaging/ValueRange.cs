namespace CxrAnnotate;

/// <summary>
/// Which stored values become black (0) and white (1). It matters for files of 16 bits per sample, which mostly hold radiographs of 10 to 14 bits.
/// </summary>
public enum ValueRange
{
    /// <summary>The full range of the file type: 0 to 255, or 0 to 65535. A 12-bit radiograph in a 16-bit file becomes nearly black.</summary>
    FullScale,

    /// <summary>
    /// The bits used: 0 to the smallest 2^n - 1 that no value of the file exceeds, n from 8 to 16. 8-bit files are read as with
    /// <see cref="FullScale"/>.
    /// A radiograph that leaves its highest bit unused becomes twice as bright as the others.
    /// </summary>
    BitsUsed,

    /// <summary>
    /// The window from the 0.5th to the 99.5th percentile of the file's values, whatever its bits; values outside are black or white.
    /// Differences of exposure are evened out; a file with a single value is black.
    /// </summary>
    Percentiles,
}
