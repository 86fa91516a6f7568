namespace CxrAnnotate;

/// <summary>The tags in use, group in the upper 16 bits (PS3.6).</summary>
internal static class DicomTags
{
    internal const uint TransferSyntaxUid = 0x0002_0010;
    internal const uint SpecificCharacterSet = 0x0008_0005;
    internal const uint SopClassUid = 0x0008_0016;
    internal const uint SopInstanceUid = 0x0008_0018;
    internal const uint StudyDate = 0x0008_0020;
    internal const uint AccessionNumber = 0x0008_0050;
    internal const uint Modality = 0x0008_0060;
    internal const uint Manufacturer = 0x0008_0070;
    internal const uint InstitutionName = 0x0008_0080;
    internal const uint CodeMeaning = 0x0008_0104;
    internal const uint PatientId = 0x0010_0020;
    internal const uint PatientBirthDate = 0x0010_0030;
    internal const uint PatientSex = 0x0010_0040;
    internal const uint PatientAge = 0x0010_1010;
    internal const uint BodyPartExamined = 0x0018_0015;
    internal const uint ViewPosition = 0x0018_5101;
    internal const uint StudyInstanceUid = 0x0020_000D;
    internal const uint Laterality = 0x0020_0060;
    internal const uint ImageLaterality = 0x0020_0062;
    internal const uint SamplesPerPixel = 0x0028_0002;
    internal const uint PhotometricInterpretation = 0x0028_0004;
    internal const uint PlanarConfiguration = 0x0028_0006;
    internal const uint NumberOfFrames = 0x0028_0008;
    internal const uint Rows = 0x0028_0010;
    internal const uint Columns = 0x0028_0011;
    internal const uint BitsAllocated = 0x0028_0100;
    internal const uint BitsStored = 0x0028_0101;
    internal const uint HighBit = 0x0028_0102;
    internal const uint PixelRepresentation = 0x0028_0103;
    internal const uint PixelPaddingValue = 0x0028_0120;
    internal const uint PixelPaddingRangeLimit = 0x0028_0121;
    internal const uint WindowCenter = 0x0028_1050;
    internal const uint WindowWidth = 0x0028_1051;
    internal const uint RescaleIntercept = 0x0028_1052;
    internal const uint RescaleSlope = 0x0028_1053;
    internal const uint VoiLutFunction = 0x0028_1056;
    internal const uint RedPaletteDescriptor = 0x0028_1101;
    internal const uint RedPalette = 0x0028_1201;
    internal const uint SegmentedRedPalette = 0x0028_1221;
    internal const uint ModalityLutSequence = 0x0028_3000;
    internal const uint LutDescriptor = 0x0028_3002;
    internal const uint LutData = 0x0028_3006;
    internal const uint VoiLutSequence = 0x0028_3010;
    internal const uint FrameVoiLutSequence = 0x0028_9132;
    internal const uint PixelValueTransformationSequence = 0x0028_9145;
    internal const uint ViewCodeSequence = 0x0054_0220;
    internal const uint PresentationLutShape = 0x2050_0020;
    internal const uint SharedFunctionalGroupsSequence = 0x5200_9229;
    internal const uint PerFrameFunctionalGroupsSequence = 0x5200_9230;
    internal const uint FloatPixelData = 0x7FE0_0008;
    internal const uint DoubleFloatPixelData = 0x7FE0_0009;
    internal const uint PixelData = 0x7FE0_0010;
    internal const uint Item = 0xFFFE_E000;
    internal const uint ItemDelimitation = 0xFFFE_E00D;
    internal const uint SequenceDelimitation = 0xFFFE_E0DD;

    /// <summary>Whether an element that is in use is a sequence, so that it is read as one even where its representation is not stated.</summary>
    internal static bool IsSequence(uint tag) =>
        tag
            is ModalityLutSequence
                or VoiLutSequence
                or ViewCodeSequence
                or FrameVoiLutSequence
                or PixelValueTransformationSequence
                or SharedFunctionalGroupsSequence
                or PerFrameFunctionalGroupsSequence;

    /// <summary>The tag in the notation of the standard: (0028,0010).</summary>
    internal static string Write(uint tag) => $"({tag >> 16:X4},{tag & 0xFFFF:X4})";
}
