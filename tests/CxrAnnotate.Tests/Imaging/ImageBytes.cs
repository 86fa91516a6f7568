using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CxrAnnotate.Tests;

/// <summary>Image files written by hand from their specifications, so that the tests do not depend on the library under test.</summary>
internal static class ImageBytes
{
    internal const int Grey = 0;
    internal const int Colour = 2;
    internal const int GreyAlpha = 4;
    internal const int ColourAlpha = 6;

    /// <summary>A PNG without filters; samples are bytes, or big-endian pairs of bytes for a depth of 16.</summary>
    internal static byte[] Png(int width, int height, int depth, int colourType, byte[] samples)
    {
        int stride = samples.Length / height;
        byte[] rows = new byte[(stride + 1) * height];
        for (int y = 0; y < height; y++)
            samples.AsSpan(y * stride, stride).CopyTo(rows.AsSpan((y * (stride + 1)) + 1));
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(rows);
        return [.. PngHeader(width, height, depth, colourType), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    internal static byte[] PngHeader(int width, int height, int depth, int colourType)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = (byte)depth;
        header[9] = (byte)colourType;
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR", header)];
    }

    internal static byte[] Chunk(string kind, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(kind), .. data];
        return [.. BigEndian((uint)data.Length), .. body, .. BigEndian(Crc(body))];
    }

    /// <summary>An uncompressed little-endian TIFF of one strip.</summary>
    internal static byte[] Tiff(int width, int height, int bits, int samplesPerPixel, byte[] samples, bool whiteIsZero = false)
    {
        (ushort Tag, ushort Type, int Value)[] entries =
        [
            (256, 4, width),
            (257, 4, height),
            (258, 3, bits),
            (259, 3, 1),
            (
                262,
                3,
                samplesPerPixel == 3 ? 2
                : whiteIsZero ? 0
                : 1
            ),
            (273, 4, 8),
            (277, 3, samplesPerPixel),
            (278, 4, height),
            (279, 4, samples.Length),
        ];
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        // Three samples per pixel need a list of depths, which follows the pixels.
        int depths = 8 + samples.Length;
        int directory = depths + 6;
        writer.Write("II"u8);
        writer.Write((ushort)42);
        writer.Write(directory);
        writer.Write(samples);
        for (int i = 0; i < 3; i++)
            writer.Write((ushort)bits);
        writer.Write((ushort)entries.Length);
        foreach ((ushort tag, ushort type, int value) in entries)
        {
            bool list = tag == 258 && samplesPerPixel == 3;
            writer.Write(tag);
            writer.Write(type);
            writer.Write(list ? 3 : 1);
            writer.Write(list ? depths : value);
        }

        writer.Write(0);
        return file.ToArray();
    }

    /// <summary>A bottom-up bitmap of 24 bits per pixel (blue, green, red), or of 8 bits with a reversed grey palette.</summary>
    internal static byte[] Bmp(int width, int height, int bits, byte[] samples)
    {
        int bytes = bits / 8;
        int stride = ((width * bytes) + 3) / 4 * 4;
        int palette = bits == 8 ? 256 : 0;
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("BM"u8);
        writer.Write(54 + (4 * palette) + (stride * height));
        writer.Write(0);
        writer.Write(54 + (4 * palette));
        writer.Write(40);
        writer.Write(width);
        writer.Write(height);
        writer.Write((ushort)1);
        writer.Write((ushort)bits);
        foreach (int value in (int[])[0, stride * height, 2835, 2835, palette, 0])
            writer.Write(value);
        for (int i = 0; i < palette; i++)
            writer.Write([(byte)(255 - i), (byte)(255 - i), (byte)(255 - i), (byte)0]);
        for (int y = height - 1; y >= 0; y--)
        {
            writer.Write(samples, y * width * bytes, width * bytes);
            writer.Write(new byte[stride - (width * bytes)]);
        }

        return file.ToArray();
    }

    private static byte[] BigEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return ~crc;
    }
}
