namespace CxrAnnotate;

/// <summary>
/// Which stored values become black (0) and white (1). It matters for files of 16 bits a sample, which mostly hold radiographs of 10 to 14 bits.
/// </summary>
public enum ValueRange
{
    /// <summary>What the file type can hold: 0 to 255, or 0 to 65535. A radiograph of 12 bits in a file of 16 comes out nearly black.</summary>
    FullScale,

    /// <summary>
    /// The bits that are used: 0 to the smallest 2^n - 1 that no value of the file exceeds, n from 8 to 16. Files of 8 bits are read as with
    /// <see cref="FullScale"/>.
    /// A radiograph that leaves its highest bit unused comes out twice as bright as its neighbours.
    /// </summary>
    BitsUsed,

    /// <summary>
    /// The window from the 0.5th to the 99.5th percentile of the file's values, whatever its bits; what lies outside it is black or white.
    /// Differences of exposure are evened out; a file of one value alone is black.
    /// </summary>
    Percentiles,
}
