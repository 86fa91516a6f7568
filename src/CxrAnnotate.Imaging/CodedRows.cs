using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>A JPEG 2000 or JPEG-LS file, decoded as a whole. The lowest value of signed samples is black.</summary>
internal sealed class CodedRows : SampledRows
{
    private readonly byte[] _content;
    private readonly CodedShape _shape;

    private CodedRows(byte[] content, CodedShape shape)
        : base(shape.Width, shape.Height, shape.Components, shape.Bits)
    {
        _content = content;
        _shape = shape;
    }

    /// <exception cref="InvalidDataException">It is damaged or too large, or the library that decodes it is absent.</exception>
    internal static CodedRows Open(RadiographFile file, PictureKind kind, RadiographLimits limits)
    {
        var image = new CodedImage(file.ReadAll(limits), limits, InDicom: false);
        CodedShape declared = default;
        byte[] content = kind == PictureKind.Jls ? JpegLs.Decode(image, Check) : Jpeg2000.Decode(image, Check);
        return new CodedRows(content, declared);

        int Check(CodedShape shape)
        {
            if (shape.Components > 4)
                throw new InvalidDataException(
                    ErrorCode.ImageSamplesUnsupported.Message($"it has {shape.Components} components, and up to 4 are supported")
                );
            declared = shape;
            return shape.SampleBytes;
        }
    }

    internal override void ReadRow(int y, Span<int> row)
    {
        int start = y * row.Length,
            flip = _shape.IsSigned ? 1 << (_shape.Bits - 1) : 0,
            mask = FullScale;
        for (int i = 0; i < row.Length; i++)
        {
            int value = _shape.SampleBytes == 1 ? _content[start + i] : BinaryPrimitives.ReadUInt16LittleEndian(_content.AsSpan(2 * (start + i)));
            row[i] = (value & mask) ^ flip;
        }
    }
}
