namespace CxrAnnotate;

/// <summary>A component of a JPEG image: its sampling, its tables and its samples.</summary>
internal sealed class JpegComponent
{
    internal int Id { get; init; }

    internal int Horizontal { get; set; }

    internal int Vertical { get; set; }

    /// <summary>The number of its quantization table.</summary>
    internal int Quantization { get; init; }

    /// <summary>Its quantization table at its first scan.</summary>
    internal int[]? Table { get; set; }

    internal int BlocksAcross { get; set; }

    internal int BlocksDown { get; set; }

    internal int Stride { get; set; }

    internal ushort[] Samples { get; set; } = [];

    /// <summary>The coefficients of a progressive image, block by block, each row by row; empty for others.</summary>
    internal short[] Coefficients { get; set; } = [];

    internal JpegHuffman? Dc { get; set; }

    internal JpegHuffman? Ac { get; set; }

    internal int Predictor { get; set; }

    internal bool Decoded { get; set; }

    /// <summary>The coefficients of a block.</summary>
    internal Span<short> CoefficientsOf(int x, int y) => Coefficients.AsSpan(((y * (Stride / 8)) + x) * 64, 64);
}
