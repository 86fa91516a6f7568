using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A tensor of a file of weights.</summary>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its shape.</param>
internal record WeightEntry(ScalarType Type, long[] Shape);

/// <summary>
/// A file of named tensors. Whatever the format, the file is checked before a tensor is read: a damaged file is one exception that names it, never a
/// crash, code that runs, or a large allocation.
/// </summary>
internal abstract class WeightFile(FileStream file, string path) : IDisposable
{
    /// <summary>The format, for messages.</summary>
    protected abstract string Format { get; }

    /// <summary>All tensors by their names.</summary>
    internal abstract IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    protected FileStream File => file;

    /// <summary>Opens a file of any known format: safetensors, a zip archive of torch.save, or ONNX. The content decides, not the name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="verify">Whether the checksum of a file that has one is held against its numbers, which reads all of the file.</param>
    /// <exception cref="InvalidDataException">The file cannot be read, is of no known format or is damaged.</exception>
    internal static WeightFile OpenAny(string path, bool verify = true)
    {
        FileStream stream = OpenStream(path);
        try
        {
            Span<byte> start = stackalloc byte[16];
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            stream.Position = 0;
            // A pickle of protocol 2 whose first value is the magic number of the old format.
            if (start.StartsWith((ReadOnlySpan<byte>)[0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46]))
            {
                throw new InvalidDataException(
                    ErrorCode.WeightsUnreadable.Message(
                        $"'{path}' is in the format that PyTorch wrote before version 1.6. Load it there, and write it again by torch.save."
                    )
                );
            }

            return TorchArchive.Matches(start) ? TorchArchive.Open(stream, path)
                : OnnxWeights.Matches(start) ? OnnxWeights.Open(stream, path)
                : SafeTensorsFile.Open(stream, path, verify);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Copies a tensor's numbers into one of the same shape, turning their type where it is another.</summary>
    internal void CopyTo(string name, Tensor target)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        target.copy_(Read(name));
    }

    internal InvalidDataException Unusable(string reason, Exception? inner = null) =>
        new(ErrorCode.WeightsUnreadable.Message($"'{path}' is not a usable {Format} file for this network: {reason}."), inner);

    public virtual void Dispose() => file.Dispose();

    /// <summary>A tensor, in the file's type, in the caller's dispose scope.</summary>
    protected abstract Tensor Read(string name);

    /// <summary>The bytes of a tensor that lie together in the file.</summary>
    protected Tensor Read(ScalarType type, long[] shape, long start)
    {
        Tensor host = empty(shape, type);
        file.Position = start;
        if (host.numel() > 0)
            host.Fill(file.ReadExactly);
        return host;
    }

    protected static FileStream OpenStream(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(ErrorCode.WeightsUnreadable.Message($"'{path}' cannot be read: {e.Message}"), e);
        }
    }
}
