namespace CxrAnnotate;

/// <summary>What the header of a compressed image declares.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Components">Samples of a pixel.</param>
/// <param name="Bits">Bits of a sample.</param>
/// <param name="IsSigned">Whether samples are signed.</param>
internal readonly record struct CodedShape(int Width, int Height, int Components, int Bits, bool IsSigned)
{
    /// <summary>Bytes of a decoded sample, 1 or 2.</summary>
    internal int SampleBytes => Bits > 8 ? 2 : 1;
}

/// <summary>A compressed image and what its decoder may do with it.</summary>
/// <param name="Bytes">The compressed bytes.</param>
/// <param name="Limits">The limits of the image.</param>
/// <param name="InDicom">Whether the bytes are pixel data of a DICOM file, and not a file of their own.</param>
internal readonly record struct CodedImage(ReadOnlyMemory<byte> Bytes, RadiographLimits Limits, bool InDicom)
{
    /// <summary>The exception for data that cannot be decoded.</summary>
    /// <param name="reason">A phrase that can follow the file name.</param>
    internal InvalidDataException Damaged(string reason) =>
        new(InDicom ? ErrorCode.DicomPixelData.Message(reason) : ErrorCode.ImageDamaged.Message(reason));
}

/// <summary>Decides, before anything is decoded, whether an image of this shape is wanted, and in how many bytes a sample.</summary>
/// <exception cref="InvalidDataException">It is not.</exception>
internal delegate int ShapeCheck(CodedShape shape);
