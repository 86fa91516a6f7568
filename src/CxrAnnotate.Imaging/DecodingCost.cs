using System.Buffers.Binary;
using NetVips;

namespace CxrAnnotate;

/// <summary>
/// The memory and work that decoding an image takes beyond its rows, read from its structure before libvips decodes it: interlaced PNGs and
/// progressive JPEGs are held in memory whole, a TIFF may have tiles of any size, and a file may have any number of pages or frames, which libvips
/// scans to count them.
/// </summary>
internal static class DecodingCost
{
    /// <summary>The maximum number of pages or frames; the first is read. The file of a radiograph has one page, rarely a thumbnail, too.</summary>
    internal const int MostPages = 1000;

    /// <summary>
    /// Checks the demands of the file's structure. Call it before libvips opens the file, since that scans all pages.
    /// </summary>
    /// <exception cref="InvalidDataException">A limit is exceeded.</exception>
    internal static void CheckStructure(RadiographFile file, ReadOnlySpan<byte> start, RadiographLimits limits)
    {
        using Stream content = file.Open();
        switch (start)
        {
            case [0x89, (byte)'P', (byte)'N', (byte)'G', ..] when start.Length >= 26:
                limits.CheckSize(BinaryPrimitives.ReadUInt32BigEndian(start[16..]), BinaryPrimitives.ReadUInt32BigEndian(start[20..]));
                // Bits of a sample, and what the colour type makes of them; a palette becomes colour.
                limits.CheckRow(BinaryPrimitives.ReadUInt32BigEndian(start[16..]), PngBytes(start[24], start[25]));
                break;
            case [0xFF, 0xD8, ..]:
                Jpeg(content, limits);
                break;
            case [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..]:
                TiffStructure.Of(content, start).Check(limits);
                break;
            case [(byte)'G', (byte)'I', (byte)'F', ..] when start.Length >= 13:
                limits.CheckSize(BinaryPrimitives.ReadUInt16LittleEndian(start[6..]), BinaryPrimitives.ReadUInt16LittleEndian(start[8..]));
                limits.CheckFile(content.Length);
                Gif(content, start);
                break;
            case [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..]:
                limits.CheckFile(content.Length);
                Riff(content);
                break;
        }
    }

    /// <summary>Checks the memory that decoding the opened image takes.</summary>
    /// <exception cref="InvalidDataException">A limit is exceeded.</exception>
    internal static void Check(Image image, PictureKind kind, RadiographLimits limits)
    {
        limits.CheckSize(image.Width, image.Height);
        limits.CheckRow(image.Width, image.Bands * SampleBytes(image));
        double pixels = (double)image.Width * image.Height,
            whole = pixels * image.Bands * SampleBytes(image);
        switch (kind)
        {
            case PictureKind.Png:
                if (Flag(image, "interlaced"))
                    limits.CheckMemory(whole, "because it is interlaced");
                break;
            case PictureKind.Gif or PictureKind.Webp:
                // The decoder's image, of four bytes per pixel, and that of libvips.
                limits.CheckMemory(8 * pixels, "because its format is decoded as a whole");
                break;
            case PictureKind.Heif:
                limits.CheckMemory(2 * whole, "because its format is decoded as a whole");
                break;
        }

        if (Flag(image, "orientation", above: 1))
            limits.CheckMemory(2 * whole, "because it is rotated");
    }

    internal static double SampleBytes(Image image) =>
        image.Format switch
        {
            Enums.BandFormat.Uchar or Enums.BandFormat.Char => 1,
            Enums.BandFormat.Ushort or Enums.BandFormat.Short => 2,
            Enums.BandFormat.Double or Enums.BandFormat.Complex => 8,
            Enums.BandFormat.Dpcomplex => 16,
            _ => 4,
        };

    private static double PngBytes(int bits, int colour) =>
        bits
        * colour switch
        {
            2 or 3 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        }
        / 8.0;

    private static bool Flag(Image image, string name, int above = 0) => image.Contains(name) && image.Get(name) is int value && value > above;

    /// <summary>
    /// With several scans, as in a progressive JPEG, all coefficients are in memory, two bytes each, and each scan passes over them.
    /// </summary>
    private static void Jpeg(Stream content, RadiographLimits limits)
    {
        Span<byte> head = stackalloc byte[8];
        content.Position = 2;
        double coefficients = 0;
        int components = 0;
        while (true)
        {
            int marker = Marker(content);
            if (marker is < 0 or 0xD9)
                return;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            long at = content.Position;
            if (content.ReadAtLeast(head, 8, throwOnEndOfStream: false) < 3)
                return;
            int length = BinaryPrimitives.ReadUInt16BigEndian(head);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                int height = BinaryPrimitives.ReadUInt16BigEndian(head[3..]),
                    width = BinaryPrimitives.ReadUInt16BigEndian(head[5..]);
                components = head[7];
                limits.CheckSize(width, height);
                coefficients = 2.0 * width * height * components;
                if (marker is 0xC2 or 0xC6 or 0xCA or 0xCE)
                    limits.CheckMemory(coefficients, "because it is progressive");
            }
            else if (marker == 0xDA)
            {
                // Baseline with all components in one scan is decoded row by row.
                if (head[2] < components || coefficients == 0 || CountScans(content, at, ref coefficients, limits) > 1)
                    limits.CheckMemory(coefficients, "because it has several scans");
                return;
            }

            content.Position = at + Math.Max(length, 2);
        }
    }

    /// <summary>Counts the scans from the first on, until they exceed the work limit.</summary>
    private static int CountScans(Stream content, long first, ref double coefficients, RadiographLimits limits)
    {
        content.Position = first;
        byte[] block = new byte[1 << 16];
        int scans = 1;
        bool marked = false;
        for (int read; (read = content.Read(block)) > 0;)
        {
            foreach (byte value in block.AsSpan(0, read))
            {
                if (marked && value == 0xD9)
                    return scans;
                if (marked && value == 0xDA)
                    limits.CheckWork(++scans * coefficients, $"in {scans} scans");
                marked = value == 0xFF;
            }
        }

        return scans;
    }

    /// <summary>The next marker; -1 if there is none.</summary>
    private static int Marker(Stream content)
    {
        if (content.ReadByte() != 0xFF)
            return -1;
        int marker;
        do marker = content.ReadByte();
        while (marker == 0xFF);
        return marker;
    }

    private static void Gif(Stream content, ReadOnlySpan<byte> start)
    {
        content.Position = 13 + ColourTable(start[10]);
        Span<byte> descriptor = stackalloc byte[9];
        for (int frames = 0; frames <= MostPages;)
        {
            switch (content.ReadByte())
            {
                case 0x2C:
                    frames++;
                    if (content.ReadAtLeast(descriptor, 9, throwOnEndOfStream: false) < 9)
                        return;
                    content.Position += ColourTable(descriptor[8]) + 1;
                    break;
                case 0x21:
                    content.ReadByte();
                    break;
                default:
                    return;
            }

            for (int length; (length = content.ReadByte()) > 0;)
                content.Position += length;
        }

        throw TooManyPages();
    }

    private static int ColourTable(int flags) => (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;

    /// <summary>WebP: each frame is a chunk.</summary>
    private static void Riff(Stream content)
    {
        Span<byte> head = stackalloc byte[8];
        content.Position = 12;
        for (int chunks = 0; content.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8; chunks++)
        {
            if (chunks == MostPages)
                throw TooManyPages();
            long length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            // A content in memory has no place beyond 2 GiB, and nothing follows a chunk that is longer than the file.
            if (length > content.Length - content.Position)
                return;
            content.Position += length + (length & 1);
        }
    }

    internal static InvalidDataException TooManyPages() => new(ErrorCode.ImageTooLarge.Message($"it has more than {MostPages} pages"));
}
