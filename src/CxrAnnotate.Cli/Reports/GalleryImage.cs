namespace CxrAnnotate.Cli;

/// <summary>An image of a gallery: inside the page, or a file beside it.</summary>
internal sealed class GalleryImage
{
    private readonly string? _file;
    private readonly Func<string>? _address;

    private GalleryImage(string? file, Func<string>? address) => (_file, _address) = (file, address);

    /// <summary>An image inside the page.</summary>
    /// <param name="bytes">The encoded image.</param>
    /// <param name="mediaType">Its format, <c>image/png</c> or <c>image/jpeg</c>.</param>
    internal static GalleryImage Embedded(ReadOnlySpan<byte> bytes, string mediaType = "image/png")
    {
        string address = $"data:{mediaType};base64,{Convert.ToBase64String(bytes)}";
        return new(null, () => address);
    }

    /// <summary>
    /// An image inside the page that is made when the page is written, so that a page of many images does not hold them all at once.
    /// </summary>
    /// <param name="encode">Makes the encoded image (PNG).</param>
    internal static GalleryImage Embedded(Func<byte[]> encode) => new(null, () => $"data:image/png;base64,{Convert.ToBase64String(encode())}");

    /// <summary>A file that a browser can show, linked by its path relative to the page.</summary>
    internal static GalleryImage Linked(string file) => new(Path.GetFullPath(file), null);

    /// <summary>The address to be used on a page in a folder.</summary>
    internal string Address(string folder) =>
        _address?.Invoke() ?? string.Join('/', Path.GetRelativePath(folder, _file!).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
}
