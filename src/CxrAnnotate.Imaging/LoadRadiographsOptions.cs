namespace CxrAnnotate;

/// <summary>Options of <c>LoadRadiographsEstimator</c>.</summary>
public sealed record LoadRadiographsOptions
{
    /// <value>The column to write: a vector of Single with dimensions [1, Height, Width]. The default value is "Image".</value>
    public string OutputColumnName { get; init; } = "Image";

    /// <value>The text column of the image files. The default value is "ImagePath".</value>
    public string InputColumnName { get; init; } = "ImagePath";

    /// <summary>The default side, with which a cascade of a few hundred radiographs is trained in minutes on two cores. The paper uses 256.</summary>
    internal const int DefaultSide = 144;

    /// <value>Rows of the image, at least 1. The default value is 144; the paper uses 256, which takes three times as long.</value>
    public int Height
    {
        get => Format.Height;
        init => Format = Format with { Height = value };
    }

    /// <value>Columns of the image, at least 1. The default value is 144; the paper uses 256.</value>
    public int Width
    {
        get => Format.Width;
        init => Format = Format with { Width = value };
    }

    /// <value>The folder that relative paths start from; null: the working folder. The default value is null.</value>
    public string? ImageFolder
    {
        get => Format.Folder;
        init => Format = Format with { Folder = value };
    }

    /// <value>How the image is fitted to the height and width. The default value is <see cref="ImageFit.Squeeze"/>, as in the paper.</value>
    public ImageFit Fit
    {
        get => Format.Fit;
        init => Format = Format with { Fit = value };
    }

    /// <value>Which stored values become black and white. The default value is <see cref="ValueRange.BitsUsed"/>, which leaves 8-bit files
    /// unchanged.</value>
    public ValueRange Range
    {
        get => Format.Range;
        init => Format = Format with { Range = value };
    }

    /// <value>Whether grey values are inverted. The default value is <see cref="PhotometricHandling.AsStored"/>.</value>
    public PhotometricHandling Photometric
    {
        get => Format.Photometric;
        init => Format = Format with { Photometric = value };
    }

    /// <value>How DICOM files are read: the frame, the window, the modalities. The default value has the defaults of
    /// <see cref="DicomOptions"/>.</value>
    public DicomOptions Dicom
    {
        get => Format.Dicom;
        init => Format = Format with { Dicom = value };
    }

    /// <value>The maximum number of pixels, at least 1; a file whose header declares more is not decoded. The default value is 64,000,000.</value>
    public long MaximumPixels
    {
        get => Format.MaximumPixels;
        init => Format = Format with { MaximumPixels = value };
    }

    /// <value>The maximum length of a side in pixels, at least 1; a file whose header declares a longer one is not decoded. The default value is
    /// 32,768.</value>
    public int MaximumSide
    {
        get => Format.MaximumSide;
        init => Format = Format with { MaximumSide = value };
    }

    /// <value>The maximum ratio of the longer to the shorter side, at least 1; a file with a higher ratio is not decoded, since no radiograph has
    /// such a shape. The default value is 50.</value>
    public double MaximumAspectRatio
    {
        get => Format.MaximumAspectRatio;
        init => Format = Format with { MaximumAspectRatio = value };
    }

    /// <value>
    /// The maximum memory, in bytes, for decoding one file, at least 1; several files are decoded at a time, one per core. A file whose header
    /// implies more is rejected before anything is allocated: an interlaced PNG, a progressive JPEG, a WebP, a GIF and a DICOM frame are decoded as a
    /// whole, most others row by row. It also bounds the size of DICOM files, bitmaps and contents, which are read as a whole, and the work of
    /// decoding: at most 16 passes over that many bytes. The default value is 256 MiB, enough for a DICOM image of 25 million pixels.
    /// </value>
    public long MaximumBytes
    {
        get => Format.MaximumBytes;
        init => Format = Format with { MaximumBytes = value };
    }

    /// <value>The number of rows that a cursor decodes together, on all cores, at least 1. The default value is 16.</value>
    public int BatchSize { get; init; } = 16;

    /// <value>
    /// A folder for decoded radiographs, so that each is decoded once, not once per epoch and run. It is created if it does not exist, and several
    /// processes may share it. Results are bit-identical with and without it. A file is recognized by its path, size and time of writing, or else by
    /// its content. The folder is not stored in saved models. The default value is null: no cache.
    /// </value>
    public string? CacheFolder { get; init; }

    /// <value>
    /// The maximum number of bytes in <see cref="CacheFolder"/>, at least 1; when it is full, the oldest entries are removed. A radiograph takes a
    /// little more than 4 * Height * Width bytes. Several processes may exceed the limit by what they write between two checks, 256 radiographs each.
    /// The default value is 10 GiB.
    /// </value>
    public long MaximumCacheBytes { get; init; } = 10L << 30;

    /// <summary>The format behind the properties above. Saved models store it.</summary>
    internal RadiographFormat Format { get; init; } = new(DefaultSide, DefaultSide, Range: ValueRange.BitsUsed);

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(OutputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(InputColumnName);
        Format.Check();
        OptionChecks.Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        OptionChecks.Require(MaximumCacheBytes >= 1, nameof(MaximumCacheBytes), MaximumCacheBytes, "at least 1");
        OptionChecks.Require(
            CacheFolder is null || !string.IsNullOrWhiteSpace(CacheFolder),
            nameof(CacheFolder),
            CacheFolder,
            "the name of a folder, or null for no cache"
        );
    }
}
