using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>DICOM's RLE Lossless (PS3.5, annex G): up to fifteen byte planes, each packed by run lengths.</summary>
internal static class RunLengths
{
    private const int HeaderBytes = 64;

    /// <summary>Decodes a frame to little-endian samples.</summary>
    /// <param name="data">The frame.</param>
    /// <param name="pixels">Pixels of the frame.</param>
    /// <param name="samples">Samples of a pixel.</param>
    /// <param name="bytes">Bytes of a sample, 1 or 2.</param>
    /// <exception cref="InvalidDataException">The planes are not as many as the image needs, or too short.</exception>
    internal static byte[] Decode(ReadOnlySpan<byte> data, int pixels, int samples, int bytes)
    {
        int planes = samples * bytes;
        if (data.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(data) != planes)
            throw new InvalidDataException(ErrorCode.DicomPixelData.Message($"its RLE data do not have the {planes} segments that the image needs"));
        byte[] frame = new byte[(long)pixels * planes];
        for (int plane = 0; plane < planes; plane++)
        {
            uint start = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 + (4 * plane))..]);
            uint end = plane + 1 < planes ? BinaryPrimitives.ReadUInt32LittleEndian(data[(8 + (4 * plane))..]) : (uint)data.Length;
            if (start < HeaderBytes || start > end || end > data.Length)
                throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its RLE data have segments that lie outside the data"));
            // The first plane of a sample is its most significant byte; samples are interleaved by pixel.
            int offset = (plane / bytes * bytes) + (bytes - 1 - (plane % bytes));
            Unpack(data[(int)start..(int)end], frame, offset, planes, pixels);
        }

        return frame;
    }

    private static void Unpack(ReadOnlySpan<byte> packed, byte[] frame, int offset, int step, int count)
    {
        int at = 0,
            to = 0;
        while (to < count)
        {
            if (at >= packed.Length)
                throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its RLE data end too early"));
            int control = (sbyte)packed[at++];
            if (control == -128)
                continue;
            int run = control >= 0 ? control + 1 : 1 - control;
            if (at + (control >= 0 ? run : 1) > packed.Length)
                throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its RLE data end too early"));
            // A run may extend past the last pixel as padding, which is not stored.
            int stored = Math.Min(run, count - to);
            for (int i = 0; i < stored; i++)
                frame[((long)(to + i) * step) + offset] = packed[control >= 0 ? at + i : at];
            at += control >= 0 ? run : 1;
            to += stored;
        }
    }
}
