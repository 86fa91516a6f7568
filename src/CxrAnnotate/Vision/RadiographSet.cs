using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CxrAnnotate;

/// <summary>
/// Grey images of one size in memory, 16 bits per pixel (lossless for 8 and 16 bit files that were not resized; otherwise rounded by up to 8e-6).
/// </summary>
internal sealed class RadiographSet(int height, int width)
{
    private const float Levels = ushort.MaxValue;
    private readonly List<ushort[]> _images = [];

    internal int Height { get; } = height;

    internal int Width { get; } = width;

    internal int Count => _images.Count;

    /// <summary>Adds an image of values in [0, 1] (others are clamped).</summary>
    internal void Add(ReadOnlySpan<float> pixels)
    {
        if (pixels.Length != Height * Width)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"An image of {Height} x {Width} has {Height * Width} pixels, not {pixels.Length}."),
                nameof(pixels)
            );
        var image = new ushort[pixels.Length];
        for (int i = 0; i < image.Length; i++)
            image[i] = (ushort)((Math.Clamp(pixels[i], 0f, 1f) * Levels) + 0.5f);
        _images.Add(image);
    }

    /// <summary>Copies an image as values in [0, 1].</summary>
    internal void CopyTo(int index, Span<float> pixels)
    {
        ushort[] image = _images[index];
        for (int i = 0; i < image.Length; i++)
            pixels[i] = image[i] * (1 / Levels);
    }

    /// <summary>The grey value statistics of each image.</summary>
    internal GreyStatistics[] Statistics()
    {
        var statistics = new GreyStatistics[Count];
        Parallel.For(
            0,
            Count,
            () => new float[Height * Width],
            (i, _, pixels) =>
            {
                CopyTo(i, pixels);
                statistics[i] = GreyStatistics.Of(pixels, Width);
                return pixels;
            },
            _ => { }
        );
        return statistics;
    }

    /// <summary>Adds size and pixels of all images to a hash.</summary>
    internal void AddTo(IncrementalHash hash)
    {
        hash.AppendData(MemoryMarshal.AsBytes<int>([Height, Width, Count]));
        foreach (ushort[] image in _images)
            hash.AppendData(MemoryMarshal.AsBytes(image.AsSpan()));
    }

    /// <summary>The images at the given indices, sharing their pixels.</summary>
    internal RadiographSet Subset(IEnumerable<int> indices)
    {
        var subset = new RadiographSet(Height, Width);
        foreach (int index in indices)
            subset._images.Add(_images[index]);
        return subset;
    }
}
