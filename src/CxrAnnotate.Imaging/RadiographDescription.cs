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
    public static RadiographDescription Of(string path) => Of(path, strict: false);

    /// <summary>As <see cref="Of(string)"/>, leniently or strictly.</summary>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether what would be a warning is an error, and so is what cannot be presented 
    /// (<see cref="DicomOptions.Strict"/>).</param>
    /// <exception cref="NativeRuntimeException">libvips cannot be loaded.</exception>
    public static RadiographDescription Of(string path, bool strict)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var description = new RadiographDescription { File = path };
        try
        {
            Span<byte> start = new RadiographFile(path).Begin(stackalloc byte[RadiographReader.StartLength]);
            return DicomFile.Looks(start) ? OfDicom(path, strict, ref description) : OfPicture(new RadiographFile(path), start, description);
        }
        catch (Exception e) when (e is not NativeRuntimeException)
        {
            return description with { Error = RadiographReader.Reason(e) };
        }
    }

    private static RadiographDescription OfDicom(string path, bool strict, ref RadiographDescription description)
    {
        description = description with { Kind = "dicom" };
        DicomFile file = DicomFile.Open(new RadiographFile(path), RadiographLimits.Default, strict: strict);
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
                Present(file, image, stored, strict);
        }

        return (description with { Warnings = InputWarning.Of(file.Notes) }).With(values);
    }

    /// <summary>
    /// Presents a frame for its warnings only: stored values are described even if they cannot be presented, unless the reading is strict.
    /// </summary>
    private static void Present(DicomFile file, DicomImage image, int[] stored, bool strict)
    {
        DicomCharacterSets.Check(file.Data, file.Notes);
        try
        {
            DicomPresentation.Grey(file, image, stored);
        }
        catch (InvalidDataException) when (!strict)
        {
            // Reading the radiograph reports it.
        }
    }

    private static RadiographDescription OfPicture(RadiographFile file, ReadOnlySpan<byte> start, RadiographDescription description)
    {
        VipsRuntime.EnsureLoaded();
        PictureKind kind = PictureFile.KindOf(start);
        DecodingCost.CheckStructure(file, start, RadiographLimits.Default);
        try
        {
            using (VipsErrors.Among())
                return OfPicture(file, kind, description);
        }
        catch (VipsException)
        {
            using (VipsErrors.Alone())
                return OfPicture(file, kind, description);
        }
    }

    private static RadiographDescription OfPicture(RadiographFile file, PictureKind kind, RadiographDescription description)
    {
        if (PictureFile.Open(file, kind, RadiographLimits.Default) is not { } picture)
            return OfVips(file, kind, description);
        using var values = new StoredValues();
        int[] row = new int[picture.Width * picture.Samples];
        for (int y = 0; y < picture.Height; y++)
        {
            picture.ReadRow(y, row);
            values.Add(row);
        }

        return description.Of(kind, picture.Width, picture.Height, picture.Samples, picture.Bits).With(values);
    }

    private static RadiographDescription OfVips(RadiographFile file, PictureKind kind, RadiographDescription description)
    {
        using Image image = VipsRows.Load(file, kind, RadiographLimits.Default);
        int bytes = (int)DecodingCost.SampleBytes(image);
        description = description.Of(kind, image.Width, image.Height, image.Bands, 8 * bytes);
        using var values = new StoredValues();
        using Region region = Region.New(image);
        // Row by row: the image need not be in memory.
        int[] row = new int[image.Width * image.Bands];
        for (int y = 0; y < image.Height; y++)
        {
            byte[] samples = region.Fetch(0, y, image.Width, 1);
            for (int i = 0; i < row.Length; i++)
                row[i] = image.Format switch
                {
                    Enums.BandFormat.Uchar => samples[i],
                    Enums.BandFormat.Char => (sbyte)samples[i],
                    Enums.BandFormat.Ushort => MemoryMarshal.Cast<byte, ushort>(samples)[i],
                    Enums.BandFormat.Short => MemoryMarshal.Cast<byte, short>(samples)[i],
                    _ => 0,
                };
            values.Add(row);
        }

        // Figures are of whole numbers of up to 16 bits.
        return bytes > sizeof(short) ? description : description.With(values);
    }

    private RadiographDescription Of(PictureKind kind, int width, int height, int samples, int bits) =>
        this with
        {
            Kind = kind.ToString().ToLowerInvariant(),
            Photometric = samples < 3 ? "grey" : "RGB",
            Rows = height,
            Columns = width,
            BitsStored = bits,
        };

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
