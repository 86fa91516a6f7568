namespace CxrAnnotate;

/// <summary>What a file may ask for. Each is held against what the header says before anything is allocated for the pixels.</summary>
/// <param name="Pixels">The most pixels.</param>
/// <param name="Side">The longest side, in pixels.</param>
/// <param name="AspectRatio">The longer side by the shorter, at most.</param>
/// <param name="Bytes">The most memory that decoding may take at a time, in bytes. What is read from disk as a whole counts, too.</param>
internal readonly record struct RadiographLimits(long Pixels, int Side, double AspectRatio, long Bytes)
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
        if (width * height > Pixels)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"its header says {width} x {height} pixels, more than the {Pixels} that {nameof(LoadRadiographsOptions.MaximumPixels)} allows"
                )
            );
        if (Math.Max(width, height) > Side)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"its header says {width} x {height} pixels, a longer side than the {Side} that {nameof(LoadRadiographsOptions.MaximumSide)} "
                        + $"allows"
                )
            );
        if (Math.Max(width, height) > AspectRatio * Math.Min(width, height))
            throw new InvalidDataException(
                ErrorCode.ImageShape.Message(
                    $"its header says {width} x {height} pixels, a shape that no radiograph has "
                        + $"({nameof(LoadRadiographsOptions.MaximumAspectRatio)} allows {AspectRatio} to 1)"
                )
            );
    }

    /// <summary>Holds the memory that decoding takes against the limit.</summary>
    /// <param name="bytes">The memory.</param>
    /// <param name="because">What it is needed for, in words that can follow it.</param>
    /// <exception cref="InvalidDataException">It is more.</exception>
    internal void CheckMemory(double bytes, string because)
    {
        if (bytes > Bytes)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"decoding it takes {bytes:0} bytes of memory {because}, more than the {Bytes} that "
                        + $"{nameof(LoadRadiographsOptions.MaximumBytes)} allows"
                )
            );
    }

    /// <summary>Holds the work of decoding against the limit.</summary>
    /// <param name="bytes">The bytes that are computed, all passes over the image together.</param>
    /// <param name="because">What they are computed for, in words that can follow them.</param>
    /// <exception cref="InvalidDataException">They are more than a few passes over the memory that is allowed.</exception>
    internal void CheckWork(double bytes, string because)
    {
        if (bytes > (double)Bytes * MostPasses)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"decoding it computes {bytes:0} bytes {because}, more than {MostPasses} times the {Bytes} that "
                        + $"{nameof(LoadRadiographsOptions.MaximumBytes)} allows"
                )
            );
    }

    /// <summary>Holds the size of a file that is read as a whole against the limit.</summary>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    internal void CheckFile(long bytes)
    {
        if (bytes > Bytes)
            throw new InvalidDataException(
                ErrorCode.ImageFileTooLarge.Message(
                    $"it has {bytes} bytes, more than the {Bytes} that {nameof(LoadRadiographsOptions.MaximumBytes)} allows"
                )
            );
    }
}
