using System.Runtime.InteropServices;
using NetVips;

namespace CxrAnnotate;

/// <summary>
/// The description of a file: its kind, how its pixels are stored, and statistics of the stored values. Unknown properties are null.
/// </summary>
public sealed record RadiographDescription
{
    /// <summary>The path, as it was given.</summary>
    public required string File { get; init; }

    /// <summary>The format: dicom, png, jpeg, tiff, bmp, webp, gif, ...</summary>
    public string? Kind { get; init; }

    /// <summary>The modality of a DICOM file.</summary>
    public string? Modality { get; init; }

    /// <summary>The body part of a DICOM file, such as CHEST.</summary>
    public string? BodyPart { get; init; }

    /// <summary>The view position of a DICOM file, such as PA.</summary>
    public string? View { get; init; }

    /// <summary>The laterality of a DICOM file: L or R.</summary>
    public string? Laterality { get; init; }

    /// <summary>The UID of the transfer syntax of a DICOM file, declared or assumed.</summary>
    public string? TransferSyntax { get; init; }

    /// <summary>The photometric interpretation of a DICOM file; grey or RGB for other files.</summary>
    public string? Photometric { get; init; }

    /// <summary>The height in pixels.</summary>
    public int? Rows { get; init; }

    /// <summary>The width in pixels.</summary>
    public int? Columns { get; init; }

    /// <summary>The number of frames of a DICOM file.</summary>
    public int? Frames { get; init; }

    /// <summary>The number of bits of a stored value.</summary>
    public int? BitsStored { get; init; }

    /// <summary>The minimum of the stored values of all frames, before any window or lookup table.</summary>
    public int? Min { get; init; }

    /// <summary>Their maximum.</summary>
    public int? Max { get; init; }

    /// <summary>Their mean, rounded to four decimals.</summary>
    public double? Mean { get; init; }

    /// <summary>SHA-256 of the stored values of all frames as 32-bit little-endian numbers, row-major.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What the file says wrong and is read nevertheless (<see cref="InputWarningKind.ReadLeniently"/>).</summary>
    public IReadOnlyList<InputWarning> Warnings { get; init; } = [];

    /// <summary>
    /// Why the file or its pixels cannot be read: the code of the cause (<see cref="CxrError"/>), then a phrase that can follow the file name; null
    /// if nothing is wrong.
    /// </summary>
    public string? Error { get; init; }

    /// <summary>Describes a file; problems are reported in <see cref="Error"/>. All of its pixels are read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    public static RadiographDescription Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var description = new RadiographDescription { File = path };
        try
        {
            Span<byte> start = new RadiographFile(path).Begin(stackalloc byte[RadiographReader.StartLength]);
            return DicomFile.Looks(start) ? OfDicom(path, ref description)
                : BmpRows.IsBmp(start) ? OfBitmap(path, description)
                : OfPicture(path, description);
        }
        catch (Exception e) when (e is not NativeRuntimeException)
        {
            return description with { Error = RadiographReader.Reason(e) };
        }
    }

    private static RadiographDescription OfDicom(string path, ref RadiographDescription description)
    {
        description = description with { Kind = "dicom" };
        DicomFile file = DicomFile.Open(new RadiographFile(path), RadiographLimits.Default);
        DicomAttributes attributes = DicomAttributes.Of(file.Data);
        description = description with
        {
            TransferSyntax = file.Syntax.Uid,
            Modality = Known(attributes.Modality),
            BodyPart = Known(attributes.BodyPart),
            View = Known(attributes.View),
            Laterality = Known(attributes.Laterality),
        };
        DicomImage image = DicomImage.Of(file, RadiographLimits.Default);
        description = description with
        {
            Photometric = image.Photometric,
            Rows = image.Rows,
            Columns = image.Columns,
            Frames = image.Frames,
            BitsStored = image.BitsStored,
        };
        RadiographLimits.Default.CheckWork((double)image.Frames * image.DecodedBytes, $"in {image.Frames} frames");
        using var values = new StoredValues();
        for (int frame = 0; frame < image.Frames; frame++)
        {
            int[] stored = image.Decode(frame);
            values.Add(stored);
            if (frame == 0)
                Present(file, image, stored);
        }

        return (description with { Warnings = InputWarning.Of(file.Notes) }).With(values);
    }

    /// <summary>Presents a frame for its warnings only: stored values are described even if they cannot be presented.</summary>
    private static void Present(DicomFile file, DicomImage image, int[] stored)
    {
        DicomCharacterSets.Check(file.Data, file.Notes);
        try
        {
            DicomPresentation.Grey(file, image, stored);
        }
        catch (InvalidDataException)
        {
            // Reading the radiograph reports it.
        }
    }

    private static RadiographDescription OfBitmap(string path, RadiographDescription description)
    {
        BmpRows rows = BmpRows.Open(new RadiographFile(path), new RadiographFormat(1, 1), out _);
        float[] grey = new float[rows.Width];
        int[] row = new int[rows.Width];
        using var values = new StoredValues();
        for (int y = 0; y < rows.Height; y++)
        {
            rows.Read(y, 1, grey);
            for (int x = 0; x < row.Length; x++)
                row[x] = (int)MathF.Round(grey[x] * byte.MaxValue);
            values.Add(row);
        }

        return (description with { Kind = "bmp", Photometric = "grey", Rows = rows.Height, Columns = rows.Width, BitsStored = 8 }).With(values);
    }

    private static RadiographDescription OfPicture(string path, RadiographDescription description)
    {
        VipsRuntime.EnsureLoaded();
        var file = new RadiographFile(path);
        DecodingCost.CheckStructure(file, file.Peek(stackalloc byte[RadiographReader.StartLength]), RadiographLimits.Default);
        using Source source = file.OpenSource();
        using Image image = Image.NewFromSource(source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error);
        string loader = (string)image.Get("vips-loader");
        DecodingCost.Check(image, loader, RadiographLimits.Default);
        if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort))
            throw new InvalidDataException(ErrorCode.ImageSamplesUnsupported.Message($"its samples are of type {image.Format}, not 8 or 16 bit"));
        int bits = image.Format == Enums.BandFormat.Ushort ? 16 : 8;
        using var values = new StoredValues();
        using (Region region = Region.New(image))
        {
            // Row by row: the image need not be in memory.
            int[] row = new int[image.Width * image.Bands];
            for (int y = 0; y < image.Height; y++)
            {
                byte[] samples = region.Fetch(0, y, image.Width, 1);
                for (int i = 0; i < row.Length; i++)
                    row[i] = bits == 16 ? MemoryMarshal.Cast<byte, ushort>(samples)[i] : samples[i];
                values.Add(row);
            }
        }

        return (
            description with
            {
                Kind = loader[..loader.IndexOf("load", StringComparison.Ordinal)],
                Photometric = image.Bands < 3 ? "grey" : "RGB",
                Rows = image.Height,
                Columns = image.Width,
                BitsStored = bits,
            }
        ).With(values);
    }

    private RadiographDescription With(StoredValues values) =>
        this with
        {
            Min = values.Min,
            Max = values.Max,
            Mean = Math.Round(values.Mean, 4),
            Sha256 = values.Sha256(),
        };

    private static string? Known(string text) => text.Length > 0 ? text : null;
}
