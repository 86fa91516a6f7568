namespace CxrAnnotate;

/// <summary>
/// What a file may ask for, by the names of the options that users set. Each is held against what the header says before anything is allocated for
/// the pixels.
/// </summary>
/// <param name="MaximumPixels">The most pixels.</param>
/// <param name="MaximumSide">The longest side, in pixels.</param>
/// <param name="MaximumAspectRatio">The longer side by the shorter, at most.</param>
/// <param name="MaximumBytes">The most memory that decoding may take at a time, in bytes. What is read from disk as a whole counts, too.</param>
internal readonly record struct RadiographLimits(long MaximumPixels, int MaximumSide, double MaximumAspectRatio, long MaximumBytes)
{
    internal const long DefaultPixels = 64_000_000;
    internal const int DefaultSide = 32_768;
    internal const double DefaultAspectRatio = 50;
    internal const long DefaultBytes = 256L << 20;

    /// <summary>
    /// The passes over its whole memory that a file may ask for: a progressive JPEG needs some ten, a file of a thousand scans is made to keep a
    /// processor busy.
    /// </summary>
    private const int MostPasses = 16;

    /// <summary>The limits where no option says others.</summary>
    internal static RadiographLimits Default => new(DefaultPixels, DefaultSide, DefaultAspectRatio, DefaultBytes);

    /// <exception cref="InvalidDataException">It is too large, or of a shape that no radiograph has.</exception>
    internal void CheckSize(long width, long height)
    {
        if (width * height > MaximumPixels)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"its header says {width} x {height} pixels, more than the {MaximumPixels} that {nameof(MaximumPixels)} allows"
                )
            );
        if (Math.Max(width, height) > MaximumSide)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"its header says {width} x {height} pixels, a longer side than the {MaximumSide} that {nameof(MaximumSide)} allows"
                )
            );
        if (Math.Max(width, height) > MaximumAspectRatio * Math.Min(width, height))
            throw new InvalidDataException(
                ErrorCode.ImageShape.Message(
                    $"its header says {width} x {height} pixels, a shape that no radiograph has "
                        + $"({nameof(MaximumAspectRatio)} allows {MaximumAspectRatio} to 1)"
                )
            );
    }

    /// <summary>Holds the memory that decoding takes against the limit.</summary>
    /// <param name="bytes">The memory.</param>
    /// <param name="because">What it is needed for, in words that can follow it.</param>
    /// <exception cref="InvalidDataException">It is more.</exception>
    internal void CheckMemory(double bytes, string because)
    {
        if (bytes > MaximumBytes)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"decoding it takes {bytes:0} bytes of memory {because}, more than the {MaximumBytes} that {nameof(MaximumBytes)} allows"
                )
            );
    }

    /// <summary>Holds the work of decoding against the limit.</summary>
    /// <param name="bytes">The bytes that are computed, all passes over the image together.</param>
    /// <param name="because">What they are computed for, in words that can follow them.</param>
    /// <exception cref="InvalidDataException">They are more than a few passes over the memory that is allowed.</exception>
    internal void CheckWork(double bytes, string because)
    {
        if (bytes > (double)MaximumBytes * MostPasses)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"decoding it computes {bytes:0} bytes {because}, more than {MostPasses} times the {MaximumBytes} of {nameof(MaximumBytes)}"
                )
            );
    }

    /// <summary>Holds the size of a file that is read as a whole against the limit.</summary>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    internal void CheckFile(long bytes)
    {
        if (bytes > MaximumBytes)
            throw new InvalidDataException(
                ErrorCode.ImageFileTooLarge.Message($"it has {bytes} bytes, more than the {MaximumBytes} that {nameof(MaximumBytes)} allows")
            );
    }
}
