namespace CxrAnnotate;

/// <summary>A file, or a content with its name.</summary>
/// <param name="Name">The path or name; empty if there is none.</param>
/// <param name="Content">The content.</param>
/// <param name="IsContent">Whether the input is a content; without its bytes, its name must not be taken for a path.</param>
internal readonly record struct RadiographInput(string Name, Stream? Content, bool IsContent)
{
    internal static RadiographInput Of(string? path) => new(path ?? "", null, IsContent: false);

    internal static RadiographInput Of(RadiographContent? content) => new(content?.Name ?? "", content?.Content, IsContent: true);

    /// <summary>Reads the pixels.</summary>
    /// <returns>What else the file says that matters to the model.</returns>
    /// <exception cref="InvalidDataException">The input cannot be read; the message names it.</exception>
    internal ReadInput Read(RadiographFormat format, Span<float> pixels, TrainedImages? trained)
    {
        RadiographFile file = IsContent ? new RadiographFile(Name, ReadAll(format.MaximumBytes)) : new RadiographFile(Name);
        IReadOnlyList<InputWarning> warnings = RadiographReader.Read(file, format, pixels);
        return new(trained?.ViewOf(file) ?? "", warnings);
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

/// <summary>What is known of an input besides its pixels.</summary>
/// <param name="View">The view that its file declares; empty if it declares none or was not asked.</param>
/// <param name="Warnings">What its file says wrong and was read nevertheless.</param>
internal sealed record ReadInput(string View, IReadOnlyList<InputWarning> Warnings)
{
    /// <summary>Pixels without a file.</summary>
    internal static ReadInput None { get; } = new("", []);
}
