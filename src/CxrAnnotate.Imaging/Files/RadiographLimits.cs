namespace CxrAnnotate;

/// <summary>
/// Limits on decoding a file, named after the user's options. Each is checked against the header before anything is allocated for the pixels.
/// </summary>
/// <param name="MaximumPixels">The maximum number of pixels.</param>
/// <param name="MaximumSide">The maximum length of a side in pixels.</param>
/// <param name="MaximumAspectRatio">The maximum ratio of the longer to the shorter side.</param>
/// <param name="MaximumBytes">The maximum memory for decoding, in bytes. It also limits files that are read as a whole.</param>
internal readonly record struct RadiographLimits(long MaximumPixels, int MaximumSide, double MaximumAspectRatio, long MaximumBytes)
{
    internal const long DefaultPixels = 64_000_000;
    internal const int DefaultSide = 32_768;
    internal const double DefaultAspectRatio = 50;
    internal const long DefaultBytes = 256L << 20;

    /// <summary>
    /// The maximum number of passes over the memory: a progressive JPEG needs about ten; a file of a thousand scans is made to keep a processor busy.
    /// </summary>
    private const int MostPasses = 16;

    /// <summary>The rows of a decoder, and the bytes a pixel of a row as grey values and their weights.</summary>
    private const int RowsHeld = 8,
        RowValues = 24;

    /// <summary>No limits, for what was checked already.</summary>
    internal static RadiographLimits None => new(long.MaxValue, int.MaxValue, double.PositiveInfinity, long.MaxValue);

    /// <summary>The default limits.</summary>
    internal static RadiographLimits Default => new(DefaultPixels, DefaultSide, DefaultAspectRatio, DefaultBytes);

    /// <exception cref="InvalidDataException">The image is too large, or of a shape that no radiograph has.</exception>
    internal void CheckSize(long width, long height)
    {
        if (width * height > MaximumPixels)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"its header declares {width} x {height} pixels, more than the {MaximumPixels} that {nameof(MaximumPixels)} allows"
                )
            );
        if (Math.Max(width, height) > MaximumSide)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"its header declares {width} x {height} pixels, a longer side than the {MaximumSide} that {nameof(MaximumSide)} allows"
                )
            );
        if (Math.Max(width, height) > MaximumAspectRatio * Math.Min(width, height))
            throw new InvalidDataException(
                ErrorCode.ImageShape.Message(
                    $"its header declares {width} x {height} pixels, a shape that no radiograph has "
                        + $"({nameof(MaximumAspectRatio)} allows {MaximumAspectRatio} to 1)"
                )
            );
    }

    /// <summary>Checks the memory for decoding against the limit.</summary>
    /// <param name="bytes">The memory.</param>
    /// <param name="because">Why it is needed, as a phrase that can follow it.</param>
    /// <exception cref="InvalidDataException">The limit is exceeded.</exception>
    internal void CheckMemory(double bytes, string because)
    {
        if (bytes > MaximumBytes)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"decoding it takes {bytes:0} bytes of memory {because}, more than the {MaximumBytes} that {nameof(MaximumBytes)} allows"
                )
            );
    }

    /// <summary>Checks the memory for a few rows, which libvips and the reader hold, against the limit: a row may have millions of pixels.</summary>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="bytes">Bytes of a pixel.</param>
    /// <exception cref="InvalidDataException">The limit is exceeded.</exception>
    internal void CheckRow(double width, double bytes) => CheckMemory(width * ((RowsHeld * bytes) + RowValues), $"for rows of {width:0} pixels");

    /// <summary>Checks the work of decoding against the limit.</summary>
    /// <param name="bytes">The bytes computed in all passes over the image.</param>
    /// <param name="because">Why they are computed, as a phrase that can follow them.</param>
    /// <exception cref="InvalidDataException">The limit is exceeded.</exception>
    internal void CheckWork(double bytes, string because)
    {
        if (bytes > (double)MaximumBytes * MostPasses)
            throw new InvalidDataException(
                ErrorCode.ImageTooLarge.Message(
                    $"decoding it computes {bytes:0} bytes {because}, more than {MostPasses} times the {MaximumBytes} "
                        + $"that {nameof(MaximumBytes)} allows"
                )
            );
    }

    /// <summary>Checks the size of a file that is read as a whole against the limit.</summary>
    /// <exception cref="InvalidDataException">The limit is exceeded.</exception>
    internal void CheckFile(long bytes)
    {
        if (bytes > MaximumBytes)
            throw new InvalidDataException(
                ErrorCode.ImageFileTooLarge.Message($"it has {bytes} bytes, more than the {MaximumBytes} that {nameof(MaximumBytes)} allows")
            );
    }
}
