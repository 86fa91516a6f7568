using System.IO.Compression;

namespace CxrAnnotate;

/// <summary>Finds the ONNX model in a file: the file itself, the graph inside a model that ML.NET saved, or the file in a saved cascade.</summary>
internal static class AnnotatorFile
{
    /// <summary>Far more than any model of this library; a header that declares more is rejected.</summary>
    private const long MaximumBytes = 1L << 30;

    /// <summary>Reads the models in a file or folder, and computes the SHA-256 of the file.</summary>
    /// <exception cref="FileNotFoundException">There is no model.</exception>
    /// <exception cref="InvalidDataException">The file is not a model.</exception>
    internal static (IEnumerable<byte[]> Models, string Sha256) Open(string path)
    {
        if (!Directory.Exists(path))
            return (Models(path), FileHash.Of(path));
        if (!File.Exists(Path.Combine(path, RunFiles.Onnx)))
            throw new FileNotFoundException(
                ErrorCode.ModelNotFound.Message(
                    $"'{path}' has no {RunFiles.Onnx}. Write one by RecurrentCascadeTransformer.SaveOnnx or MLContext.Model.Save."
                ),
                path
            );
        // The content is read once, so that the checksum, the model and the reported hash are of the same bytes.
        (byte[] content, string sha256) = FolderManifest.ReadFile(path, FolderManifest.Cascade, RunFiles.Onnx);
        return ([content], sha256);
    }

    private static List<byte[]> Models(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException(
                ErrorCode.ModelNotFound.Message(
                    $"There is no model '{path}'. Write one by RecurrentCascadeTransformer.SaveOnnx or MLContext.Model.Save."
                ),
                path
            );
        if (file.Length is 0 or > MaximumBytes)
            throw new InvalidDataException(ErrorCode.NotAModel.Message($"'{path}' is not a model: it has {file.Length} bytes."));
        using FileStream stream = file.OpenRead();
        Span<byte> start = stackalloc byte[4];
        bool zip = stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("PK\u0003\u0004"u8);
        stream.Position = 0;
        return zip ? Zipped(path, stream) : [ReadAll(stream)];
    }

    private static byte[] ReadAll(FileStream stream)
    {
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static List<byte[]> Zipped(string path, FileStream stream)
    {
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            if (archive.Entries.Sum(e => (decimal)e.Length) > Unpacking.Most(stream.Length))
                throw new InvalidDataException(ErrorCode.ModelDamaged.Message("its declared unpacked size is too large for its length"));
            var models = new List<byte[]>();
            foreach (ZipArchiveEntry entry in archive.Entries.Where(e => e.Name == "OnnxModel"))
            {
                if (entry.Length is < 4 or > MaximumBytes)
                    throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"its graph declares {entry.Length} bytes"));
                using Stream content = entry.Open();
                using var reader = new BinaryReader(content);
                // ML.NET writes the number of bytes, then the bytes.
                int length = reader.ReadInt32();
                if (length < 0 || length > entry.Length - 4)
                    throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"its graph declares {length} bytes"));
                byte[] model = reader.ReadBytes(length);
                if (model.Length != length)
                    throw new InvalidDataException(ErrorCode.ModelDamaged.Message("its graph is truncated"));
                models.Add(model);
            }

            return models;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is a damaged model: {e.Message}."), e);
        }
    }
}
