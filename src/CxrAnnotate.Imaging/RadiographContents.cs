using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CxrAnnotate;

/// <summary>What a file is apart from its picture, collected while its pixels are read once. Only the thread that reads it may use it.</summary>
internal sealed class RadiographContents : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The format: dicom, png, jpeg, ...</summary>
    internal string Kind { get; set; } = "";

    /// <summary>Columns of the decoded image.</summary>
    internal int Width { get; private set; }

    /// <summary>Rows of the decoded image.</summary>
    internal int Height { get; private set; }

    /// <summary>Whether stored values have more than 8 bits.</summary>
    internal bool IsDeep { get; private set; }

    /// <summary>The bytes of the file.</summary>
    internal long Bytes { get; set; }

    /// <summary>The maker of the device, in a DICOM file that names it.</summary>
    internal string Manufacturer { get; set; } = "";

    /// <summary>The tags that a DICOM file has, as numbers.</summary>
    internal IReadOnlyList<uint> Tags { get; set; } = [];

    /// <summary>
    /// The SHA-256 of the size and the grey values as they are decoded, in [0, 1], before any scaling: a radiograph that is stored again without
    /// loss has the same, whatever the format.
    /// </summary>
    internal string PixelHash { get; private set; } = "";

    /// <summary>Passes the rows of an image through, and remembers what they were.</summary>
    internal IGreyRows Watch(IGreyRows rows, int fullScale)
    {
        (Width, Height, IsDeep) = (rows.Width, rows.Height, fullScale > byte.MaxValue);
        // A file that could not be decoded among others is decoded again, alone.
        _hash.GetHashAndReset();
        _hash.AppendData(MemoryMarshal.AsBytes([rows.Width, rows.Height]));
        return new Watched(rows, _hash);
    }

    /// <summary>Called when all rows were read.</summary>
    internal void Finish() => PixelHash = Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private sealed class Watched(IGreyRows rows, IncrementalHash hash) : IGreyRows
    {
        public int Width => rows.Width;

        public int Height => rows.Height;

        public void Read(int first, int count, Span<float> grey)
        {
            rows.Read(first, count, grey);
            hash.AppendData(MemoryMarshal.AsBytes(grey));
        }
    }
}
