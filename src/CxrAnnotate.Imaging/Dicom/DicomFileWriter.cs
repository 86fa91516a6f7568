using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// Writes a grey radiograph of 8 bits as a DICOM file (Digital X-Ray Image Storage, for presentation; explicit little endian). The same radiograph
/// always gives the same bytes.
/// </summary>
internal static class DicomFileWriter
{
    private const string DigitalXRay = "1.2.840.10008.5.1.4.1.1.1.1",
        ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; its folder must exist. An existing file is replaced.</param>
    /// <param name="grey">width * height values, row-major.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="name">Identifies the image; its UIDs are derived from it.</param>
    /// <param name="study">Identifies the study.</param>
    /// <param name="patient">The patient's identifier.</param>
    /// <param name="view">PA, AP, LL, RL.</param>
    /// <param name="manufacturer">The manufacturer of the image.</param>
    internal static void Save(
        string path,
        ReadOnlySpan<byte> grey,
        int width,
        int height,
        string name,
        string study,
        string patient,
        string view,
        string manufacturer
    )
    {
        if (width is < 1 or > ushort.MaxValue || height is < 1 or > ushort.MaxValue || grey.Length != width * height)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{grey.Length} values do not fill an image of {width} x {height}."),
                nameof(grey)
            );
        string instance = Uid("image", name);
        var meta = new MemoryStream();
        Write(meta, 0x0002_0001, "OB", [0, 1]);
        Text(meta, 0x0002_0002, "UI", DigitalXRay);
        Text(meta, 0x0002_0003, "UI", instance);
        Text(meta, DicomTags.TransferSyntaxUid, "UI", ExplicitLittleEndian);
        Text(meta, 0x0002_0012, "UI", Uid("implementation", "CxrAnnotate"));

        using FileStream file = File.Create(path);
        file.Write(new byte[128]);
        file.Write("DICM"u8);
        Write(file, 0x0002_0000, "UL", BitConverter.GetBytes((uint)meta.Length));
        meta.WriteTo(file);
        Text(file, DicomTags.SpecificCharacterSet, "CS", "ISO_IR 192");
        Text(file, 0x0008_0008, "CS", @"DERIVED\PRIMARY");
        Text(file, DicomTags.SopClassUid, "UI", DigitalXRay);
        Text(file, DicomTags.SopInstanceUid, "UI", instance);
        Text(file, DicomTags.StudyDate, "DA", "");
        Text(file, 0x0008_0030, "TM", "");
        Text(file, DicomTags.AccessionNumber, "SH", "");
        Text(file, DicomTags.Modality, "CS", "DX");
        Text(file, 0x0008_0068, "CS", "FOR PRESENTATION");
        Text(file, DicomTags.Manufacturer, "LO", manufacturer);
        Text(file, 0x0008_0090, "PN", "");
        Text(file, 0x0010_0010, "PN", "");
        Text(file, DicomTags.PatientId, "LO", patient);
        Text(file, DicomTags.PatientBirthDate, "DA", "");
        Text(file, DicomTags.PatientSex, "CS", "");
        Text(file, DicomTags.BodyPartExamined, "CS", "CHEST");
        Text(file, DicomTags.ViewPosition, "CS", view);
        Text(file, DicomTags.StudyInstanceUid, "UI", Uid("study", study));
        Text(file, 0x0020_000E, "UI", Uid("series", name));
        Text(file, 0x0020_0010, "SH", "");
        Text(file, 0x0020_0011, "IS", "");
        Text(file, 0x0020_0013, "IS", "1");
        Text(file, DicomTags.ImageLaterality, "CS", "U");
        Number(file, DicomTags.SamplesPerPixel, 1);
        Text(file, DicomTags.PhotometricInterpretation, "CS", "MONOCHROME2");
        Number(file, DicomTags.Rows, height);
        Number(file, DicomTags.Columns, width);
        Number(file, DicomTags.BitsAllocated, 8);
        Number(file, DicomTags.BitsStored, 8);
        Number(file, DicomTags.HighBit, 7);
        Number(file, DicomTags.PixelRepresentation, 0);
        Text(file, DicomTags.PresentationLutShape, "CS", "IDENTITY");
        Write(file, DicomTags.PixelData, "OB", grey);
    }

    /// <summary>A unique identifier derived from a text: 2.25 and 128 bits in decimal digits (PS3.5, annex B.2).</summary>
    private static string Uid(string kind, string text)
    {
        Span<byte> bits = SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\0{text}")).AsSpan(0, 16);
        // A UUID of version 8 (RFC 9562), whose content is application-defined.
        bits[6] = (byte)((bits[6] & 0x0F) | 0x80);
        bits[8] = (byte)((bits[8] & 0x3F) | 0x80);
        return "2.25." + new BigInteger(bits, isUnsigned: true, isBigEndian: true);
    }

    private static void Text(Stream into, uint tag, string representation, string text) =>
        Write(into, tag, representation, Encoding.UTF8.GetBytes(text));

    private static void Number(Stream into, uint tag, int value) => Write(into, tag, "US", BitConverter.GetBytes((ushort)value));

    private static void Write(Stream into, uint tag, string representation, ReadOnlySpan<byte> value)
    {
        int length = value.Length + (value.Length % 2);
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)tag);
        Encoding.ASCII.GetBytes(representation, head[4..]);
        if (representation == "OB")
        {
            head[6] = head[7] = 0;
            BinaryPrimitives.WriteInt32LittleEndian(head[8..], length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(head[6..], (ushort)length);
            head = head[..8];
        }

        into.Write(head);
        into.Write(value);
        if (length > value.Length)
            into.WriteByte((byte)(representation is "UI" or "OB" ? 0 : ' '));
    }
}
