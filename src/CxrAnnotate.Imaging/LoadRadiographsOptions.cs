namespace CxrAnnotate;

/// <summary>Options of <c>LoadRadiographsEstimator</c>.</summary>
public sealed record LoadRadiographsOptions
{
    /// <value>The column to write: a vector of Single with dimensions [1, Height, Width]. The default value is "Image".</value>
    public string OutputColumnName { get; init; } = "Image";

    /// <value>The text column of the image files. The default value is "ImagePath".</value>
    public string InputColumnName { get; init; } = "ImagePath";

    /// <summary>The default side: a cascade of a few hundred radiographs is trained in minutes on two cores. The paper has 256.</summary>
    internal const int DefaultSide = 144;

    /// <value>Rows of the image, at least 1. The default value is 144; the paper has 256, which takes three times as long.</value>
    public int Height
    {
        get => Format.Height;
        init => Format = Format with { Height = value };
    }

    /// <value>Columns of the image, at least 1. The default value is 144; the paper has 256.</value>
    public int Width
    {
        get => Format.Width;
        init => Format = Format with { Width = value };
    }

    /// <value>The folder that relative paths start from; null is the working folder. The default value is null.</value>
    public string? ImageFolder
    {
        get => Format.Folder;
        init => Format = Format with { Folder = value };
    }

    /// <value>What happens to the aspect. The default value is <see cref="ImageFit.Squeeze"/>, as in the paper.</value>
    public ImageFit Fit
    {
        get => Format.Fit;
        init => Format = Format with { Fit = value };
    }

    /// <value>Which stored values become black and white. The default value is <see cref="ValueRange.BitsUsed"/>, which leaves files of 8 bits as
    /// they are.</value>
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

    /// <value>What of DICOM files is taken: the frame, the window, which modalities. The default value is what <see cref="DicomOptions"/>
    /// says.</value>
    public DicomOptions Dicom
    {
        get => Format.Dicom;
        init => Format = Format with { Dicom = value };
    }

    /// <value>A file whose header says more pixels than this is not decoded, at least 1. The default value is 64,000,000.</value>
    public long MaximumPixels
    {
        get => Format.MaximumPixels;
        init => Format = Format with { MaximumPixels = value };
    }

    /// <value>A file whose header says a longer side than this is not decoded, at least 1. The default value is 32,768.</value>
    public int MaximumSide
    {
        get => Format.MaximumSide;
        init => Format = Format with { MaximumSide = value };
    }

    /// <value>A file one side of which is more than so many times the other is not decoded, at least 1: no radiograph has such a shape. The default
    /// value is 50.</value>
    public double MaximumAspectRatio
    {
        get => Format.MaximumAspectRatio;
        init => Format = Format with { MaximumAspectRatio = value };
    }

    /// <value>
    /// The most memory, in bytes, that decoding one file may take, at least 1; several are decoded at a time, one on each core. What a header implies
    /// beyond it is refused before anything is allocated: an interlaced PNG, a progressive JPEG, a WebP, a GIF and a DICOM frame are decoded as a
    /// whole, most others row by row. It bounds the size of
    /// DICOM files, bitmaps and contents, which are read as a whole, and the work of decoding: no file may ask for more than 16 passes over so many
    /// bytes. The default value is 256 MiB, enough for a DICOM image of 25 million pixels.
    /// </value>
    public long MaximumBytes
    {
        get => Format.MaximumBytes;
        init => Format = Format with { MaximumBytes = value };
    }

    /// <value>Rows that a cursor decodes at the same time, on all cores, at least 1. The default value is 16.</value>
    public int BatchSize { get; init; } = 16;

    /// <value>
    /// A folder for decoded radiographs, so that each is decoded once, not once per epoch and run; it is made if it is not there, and several
    /// processes may share it. Results are the same, to the last bit, with and without. A file is known again by its path, size and time of writing,
    /// or else by its content. It is not recorded in saved models. The default value is null, no cache.
    /// </value>
    public string? CacheFolder { get; init; }

    /// <value>
    /// The most bytes in <see cref="CacheFolder"/>, at least 1; when it is full, what was written first goes first. A radiograph takes 4 * Height *
    /// Width and a little more. Where several processes write, it is exceeded by what they write between two countings, 256 radiographs each. The
    /// default value is 10 GiB.
    /// </value>
    public long MaximumCacheBytes { get; init; } = 10L << 30;

    /// <summary>How files are read, which the properties above show one by one. It is what saved models keep.</summary>
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
