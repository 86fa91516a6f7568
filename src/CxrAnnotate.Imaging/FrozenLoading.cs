using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>How a saved model loads radiographs: the options as text, and the loading itself into a vector of one of a few fixed lengths.</summary>
internal sealed record FrozenLoading
{
    public required int Height { get; init; }

    public required int Width { get; init; }

    public ImageFit Fit { get; init; }

    public long MaximumPixels { get; init; } = RadiographFormat.DefaultMaximumPixels;

    /// <summary>Models of before there were this option and the next two have none of them.</summary>
    public int? MaximumSide { get; init; }

    public double? MaximumAspectRatio { get; init; }

    public long? MaximumBytes { get; init; }

    /// <summary>Models of before this option was there took the full scale.</summary>
    public ValueRange Range { get; init; } = ValueRange.FullScale;

    public PhotometricHandling Photometric { get; init; } = PhotometricHandling.AsStored;

    /// <summary>Null in models of before DICOM was read.</summary>
    public DicomOptions? Dicom { get; init; }

    public string? Folder { get; init; }

    internal static FrozenLoading Of(LoadRadiographsOptions options) =>
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
            Folder = options.ImageFolder,
        };

    [JsonIgnore]
    internal RadiographLimits Limits =>
        new(
            MaximumPixels,
            MaximumSide ?? RadiographLimits.DefaultSide,
            MaximumAspectRatio ?? RadiographLimits.DefaultAspectRatio,
            MaximumBytes ?? RadiographLimits.DefaultBytes
        );

    /// <summary>Letters, digits, +, / and =, which can stand in an expression of ML.NET.</summary>
    internal string ToText() => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(this, FrozenLoadingJson.Default.FrozenLoading));

    /// <exception cref="InvalidDataException">The text is not what a model of this library holds.</exception>
    internal static FrozenLoading FromText(ReadOnlySpan<char> text)
    {
        try
        {
            FrozenLoading? read = JsonSerializer.Deserialize(
                Encoding.UTF8.GetString(Convert.FromBase64String(text.ToString())),
                FrozenLoadingJson.Default.FrozenLoading
            );
            if (
                read is { Height: > 0, Width: > 0, Limits.IsSound: true }
                && (long)read.Height * read.Width <= Array.MaxLength
                && Enum.IsDefined(read.Fit)
                && Enum.IsDefined(read.Range)
                && Enum.IsDefined(read.Photometric)
                && read.Dicom is null or { IsSound: true }
            )
                return read;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"The model's options of loading radiographs are damaged: {e.Message}"), e);
        }

        throw new InvalidDataException(
            ErrorCode.ModelDamaged.Message("The model's options of loading radiographs are damaged: a value is missing or out of range.")
        );
    }

    /// <summary>The pixels, and zeros up to the length; NaN throughout where the file cannot be read.</summary>
    internal float[] Read(string path, int length)
    {
        float[] pixels = new float[length];
        try
        {
            if (path.Length == 0)
                throw new InvalidDataException(ErrorCode.ImagePathMissing.Message("no path is given"));
            RadiographReader.Read(
                Path.Combine(Folder ?? "", path),
                new RadiographFormat(Height, Width, Fit, MaximumPixels, Range, Photometric, Dicom, Limits.Side, Limits.AspectRatio, Limits.Bytes),
                pixels.AsSpan(0, Height * Width)
            );
        }
        catch (Exception e) when (e is not NativeRuntimeException)
        {
            // A path that cannot be one, too.
            Array.Fill(pixels, float.NaN);
        }

        return pixels;
    }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(FrozenLoading))]
internal sealed partial class FrozenLoadingJson : JsonSerializerContext;
