using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CxrAnnotate.Tests;

/// <summary>Writes pickles of protocol 2, operation by operation, as Python's pickle and torch.save do.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _program = [0x80, 2];

    internal byte[] Stop() => [.. _program, (byte)'.'];

    internal PickleWriter Op(char operation, params ReadOnlySpan<byte> argument)
    {
        _program.Add((byte)operation);
        foreach (byte value in argument)
            _program.Add(value);
        return this;
    }

    internal PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op('X', [.. length, .. bytes]);
    }

    internal PickleWriter Number(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Op('\x8a', [8, .. bytes]);
    }

    internal PickleWriter Global(string module, string name) => Op('c', Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    internal PickleWriter Numbers(params long[] numbers)
    {
        Op('(');
        foreach (long number in numbers)
            Number(number);
        return Op('t');
    }

    /// <summary>A tensor as torch writes it.</summary>
    internal PickleWriter Tensor(string key, string storage, long[] shape, long[]? stride = null, long offset = 0)
    {
        long[] steps = stride ?? [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (product, size) => product * size))];
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu");
        return Number(0).Op('t').Op('Q').Number(offset).Numbers(shape).Numbers(steps).Op('\x89').Ordered().Op('t').Op('R');
    }

    internal PickleWriter Ordered() => Global("collections", "OrderedDict").Op(')').Op('R');

    /// <summary>A module that was pickled as a whole: what is between this and <see cref="EndModule"/> are its attributes.</summary>
    internal PickleWriter BeginModule(string module, string name) => Global(module, name).Op(')').Op('\x81').Op('}').Op('(');

    internal PickleWriter EndModule() => Op('u').Op('b');

    /// <summary>The archive that torch.save makes of a pickle and its storages.</summary>
    internal static byte[] Archive(byte[] pickle, params (string Key, byte[] Content)[] storages)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("archive/data.pkl", pickle);
            Add("archive/byteorder", "little"u8.ToArray());
            foreach (var (key, content) in storages)
                Add($"archive/data/{key}", content);
            Add("archive/version", "3\n"u8.ToArray());

            void Add(string name, byte[] content)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    internal static byte[] Bytes(params float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
