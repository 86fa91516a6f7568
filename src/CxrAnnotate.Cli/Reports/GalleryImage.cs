namespace CxrAnnotate.Cli;

/// <summary>An image of a gallery: embedded in the page, or a linked file.</summary>
internal sealed class GalleryImage
{
    private readonly string? _file;
    private readonly Func<string>? _address;

    private GalleryImage(string? file, Func<string>? address) => (_file, _address) = (file, address);

    /// <summary>Creates an image that is embedded in the page.</summary>
    /// <param name="bytes">The encoded image.</param>
    /// <param name="mediaType">Its format, <c>image/png</c> or <c>image/jpeg</c>.</param>
    internal static GalleryImage Embedded(ReadOnlySpan<byte> bytes, string mediaType = "image/png")
    {
        string address = $"data:{mediaType};base64,{Convert.ToBase64String(bytes)}";
        return new(null, () => address);
    }

    /// <summary>
    /// Creates an embedded image that is encoded when the page is written, so that the images of a large page are not in memory at once.
    /// </summary>
    /// <param name="encode">Makes the encoded image (PNG).</param>
    internal static GalleryImage Embedded(Func<byte[]> encode) => new(null, () => $"data:image/png;base64,{Convert.ToBase64String(encode())}");

    /// <summary>Creates a link to a file that a browser can show, relative to the page.</summary>
    internal static GalleryImage Linked(string file) => new(Path.GetFullPath(file), null);

    /// <summary>The address of the image on a page in a folder.</summary>
    internal string Address(string folder) =>
        _address?.Invoke() ?? string.Join('/', Path.GetRelativePath(folder, _file!).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
}
