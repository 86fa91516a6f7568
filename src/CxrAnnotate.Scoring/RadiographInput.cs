namespace CxrAnnotate;

/// <summary>A file, or a content with its name.</summary>
/// <param name="Name">The path or name; empty if there is none.</param>
/// <param name="Content">The content.</param>
/// <param name="IsContent">Whether the input is a content; without its bytes, its name must not be taken for a path.</param>
internal readonly record struct RadiographInput(string Name, Stream? Content, bool IsContent)
{
    internal static RadiographInput Of(string? path) => new(path ?? "", null, IsContent: false);

    internal static RadiographInput Of(RadiographContent? content) => new(content?.Name ?? "", content?.Content, IsContent: true);

    /// <summary>Reads the pixels; returns the view that the file declares, if it matters to the model.</summary>
    /// <exception cref="InvalidDataException">The input cannot be read; the message names it.</exception>
    internal string Read(RadiographFormat format, Span<float> pixels, TrainedImages? trained)
    {
        RadiographFile file = IsContent ? new RadiographFile(Name, ReadAll(format.MaximumBytes)) : new RadiographFile(Name);
        RadiographReader.Read(file, format, pixels);
        return trained?.ViewOf(file) ?? "";
    }

    /// <summary>Reads the content into memory only: anything written to disk could be recovered later.</summary>
    private byte[] ReadAll(long most)
    {
        if (Content is null)
            throw RadiographReader.Failure(Name, "no content is given");
        // Blocks that are joined once: a growing MemoryStream would hold the content three times.
        var blocks = new List<byte[]>();
        long length = 0;
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            int read;
            try
            {
                read = Content.Read(buffer);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw RadiographReader.Failure(Name, $"reading its content failed ({e.Message.TrimEnd('.')})", e);
            }

            if (read == 0)
                return blocks.Count == 1 ? blocks[0] : Join(blocks, length);
            if (length + read > most)
                throw RadiographReader.Failure(
                    Name,
                    ErrorCode.ImageFileTooLarge.Message(
                        $"it has more than the {most} bytes that {nameof(LoadRadiographsOptions.MaximumBytes)} allows"
                    )
                );
            blocks.Add(buffer.AsSpan(0, read).ToArray());
            length += read;
        }
    }

    private static byte[] Join(List<byte[]> blocks, long length)
    {
        byte[] whole = new byte[length];
        int at = 0;
        foreach (byte[] block in blocks)
        {
            block.CopyTo(whole, at);
            at += block.Length;
        }

        return whole;
    }
}
