using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>How images are loaded, as a saved model has it.</summary>
internal sealed record LoadingFile
{
    public required int Height { get; init; }

    public required int Width { get; init; }

    public required ImageFit Fit { get; init; }

    public required long MaximumPixels { get; init; }

    /// <summary>Cascades of before there were this option and the next two have none of them.</summary>
    public int? MaximumSide { get; init; }

    public double? MaximumAspectRatio { get; init; }

    public long? MaximumBytes { get; init; }

    /// <summary>Cascades of before this option was there took the full scale.</summary>
    public ValueRange Range { get; init; } = ValueRange.FullScale;

    public PhotometricHandling Photometric { get; init; } = PhotometricHandling.AsStored;

    /// <summary>Null in cascades of before DICOM was read.</summary>
    public DicomOptions? Dicom { get; init; }

    [JsonIgnore]
    internal RadiographLimits Limits =>
        new(
            MaximumPixels,
            MaximumSide ?? RadiographLimits.DefaultSide,
            MaximumAspectRatio ?? RadiographLimits.DefaultAspectRatio,
            MaximumBytes ?? RadiographLimits.DefaultBytes
        );

    /// <summary>What is wrong with what a file says; null where it is sound.</summary>
    internal string? Problem() =>
        this is not { Height: > 0, Width: > 0, Limits.IsSound: true, Dicom: null or { IsSound: true } }
        || (long)Height * Width > Array.MaxLength
        || !Enum.IsDefined(Fit)
        || !Enum.IsDefined(Range)
        || !Enum.IsDefined(Photometric)
            ? "how images are loaded is out of range"
            : null;

    internal static LoadingFile Of(LoadRadiographsOptions options) =>
        new()
        {
            Height = options.Height,
            Width = options.Width,
            Fit = options.Fit,
            MaximumPixels = options.MaximumPixels,
            MaximumSide = options.MaximumSide,
            MaximumAspectRatio = options.MaximumAspectRatio,
            MaximumBytes = options.MaximumBytes,
            Range = options.Range,
            Photometric = options.Photometric,
            Dicom = options.Dicom,
        };

    internal LoadRadiographsOptions ToOptions() =>
        new()
        {
            Height = Height,
            Width = Width,
            Fit = Fit,
            MaximumPixels = MaximumPixels,
            MaximumSide = Limits.Side,
            MaximumAspectRatio = Limits.AspectRatio,
            MaximumBytes = Limits.Bytes,
            Range = Range,
            Photometric = Photometric,
            Dicom = Dicom ?? new(),
        };
}
