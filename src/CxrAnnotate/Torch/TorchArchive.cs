using System.IO.Compression;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Weights that <c>torch.save</c> wrote (PyTorch 1.6 or later): a zip archive with a pickle, <c>data.pkl</c>, and a file for each storage. The pickle
/// is read as data (<see cref="Pickle"/>). Taken are the tensors of a state dictionary, of one inside a checkpoint, or of a module that was saved
/// as a whole, by the names that <c>state_dict()</c> gives them.
/// </summary>
internal sealed class TorchArchive : WeightFile
{
    private const int MaximumPickle = 64 << 20,
        MostModules = 100_000,
        DeepestModule = 64;

    private static readonly string[] _checkpoints = ["state_dict", "model_state_dict", "model", "network", "net", "weights"];

    private static readonly Dictionary<string, (ScalarType Type, int Size)> _types = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = (ScalarType.Float64, 8),
        ["FloatStorage"] = (ScalarType.Float32, 4),
        ["HalfStorage"] = (ScalarType.Float16, 2),
        ["BFloat16Storage"] = (ScalarType.BFloat16, 2),
        ["LongStorage"] = (ScalarType.Int64, 8),
        ["IntStorage"] = (ScalarType.Int32, 4),
        ["ShortStorage"] = (ScalarType.Int16, 2),
        ["CharStorage"] = (ScalarType.Int8, 1),
        ["ByteStorage"] = (ScalarType.Byte, 1),
        ["BoolStorage"] = (ScalarType.Bool, 1),
    };

    private readonly ZipArchive _archive;
    private readonly string _root;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);

    private TorchArchive(FileStream stream, string path, ZipArchive archive, string root)
        : base(stream, path)
    {
        _archive = archive;
        _root = root;
    }

    internal override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    protected override string Format => "PyTorch";

    /// <summary>Whether a file that begins so is a zip archive.</summary>
    internal static bool Matches(ReadOnlySpan<byte> start) => start.StartsWith("PK\x3\x4"u8);

    /// <exception cref="InvalidDataException">The file is no such archive or is damaged.</exception>
    internal static TorchArchive Open(FileStream stream, string path)
    {
        ZipArchive archive;
        ZipArchiveEntry? pickle;
        try
        {
            archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            pickle = archive.Entries.FirstOrDefault(e => e.Name == "data.pkl" && e.FullName.Count(c => c == '/') == 1);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            throw new InvalidDataException(
                ErrorCode.WeightsUnreadable.Message($"'{path}' is cut off or damaged: {e.Message.TrimEnd('.')}. Copy the weights again."),
                e
            );
        }

        var file = new TorchArchive(stream, path, archive, pickle?.FullName[..^"data.pkl".Length] ?? "");
        try
        {
            file.ReadPickle(pickle ?? throw file.Unusable("it has no data.pkl, so that torch.save did not write it"));
            return file;
        }
        catch (Exception e)
            when (e is InvalidDataException or IOException or NotSupportedException && !e.Message.Contains(path, StringComparison.Ordinal))
        {
            archive.Dispose();
            throw file.Unusable(CxrError.TextOf(e.Message).TrimEnd('.'), e);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    protected override Tensor Read(string name)
    {
        var entry = (Entry)_entries[name];
        Tensor storage = empty([entry.Numbers], entry.Type);
        try
        {
            using Stream stream = entry.Storage.Open();
            if (entry.Numbers > 0)
                storage.Fill(stream.ReadExactly);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw Unusable($"the numbers of tensor '{name}' are damaged: {e.Message.TrimEnd('.')}", e);
        }

        return storage.as_strided(entry.Shape, entry.Stride, entry.Offset);
    }

    public override void Dispose()
    {
        _archive.Dispose();
        base.Dispose();
    }

    private void ReadPickle(ZipArchiveEntry pickle)
    {
        if (pickle.Length > MaximumPickle || pickle.Length > Unpacking.Most(File.Length))
            throw Unusable("its pickle is larger than any model's");
        if (_archive.GetEntry(_root + "byteorder") is { } order)
        {
            using var reader = new StreamReader(order.Open());
            var text = new char[8];
            if (new string(text, 0, reader.ReadBlock(text)).Trim() != "little")
                throw Unusable("its numbers are not little endian");
        }

        byte[] program = new byte[pickle.Length];
        using (Stream stream = pickle.Open())
            stream.ReadExactly(program);
        Dictionary<object, object?> root = Root(Pickle.Read(program));
        int modules = 0;
        foreach (var (name, tensor) in Named(root, "", ref modules))
        {
            if (!_entries.TryAdd(name, Describe(name, tensor)))
                throw Unusable($"tensor '{name}' is there twice");
        }

        if (_entries.Count == 0)
            throw Unusable("it has no tensors");
    }

    /// <summary>The dictionary that has the tensors: that of a module, a state dictionary, or the one inside a checkpoint.</summary>
    private Dictionary<object, object?> Root(object? value) =>
        value switch
        {
            PickledModule module => ModuleState(module),
            Dictionary<object, object?> state when state.Values.Any(v => v is PickledTensor) => state,
            Dictionary<object, object?> checkpoint when _checkpoints.FirstOrDefault(checkpoint.ContainsKey) is { } name => Root(checkpoint[name]),
            _ => throw Unusable("it holds no state dictionary"),
        };

    /// <summary>The tensors below a dictionary by the names that state_dict() gives them.</summary>
    private List<(string Name, PickledTensor Tensor)> Named(Dictionary<object, object?> state, string prefix, ref int modules)
    {
        // A pickle may put a module into itself, or twice into each of many.
        if (++modules > MostModules || prefix.Count(c => c == '.') > DeepestModule)
            throw Unusable("its modules lie in each other without end");
        // DataParallel puts all names below this one.
        const string Parallel = "module.";
        bool parallel = prefix.Length == 0 && state.Keys.All(k => k is string text && text.StartsWith(Parallel, StringComparison.Ordinal));
        var named = new List<(string, PickledTensor)>();
        foreach (var (key, value) in state)
        {
            if (key is not string name)
                continue;
            string full = prefix + (parallel ? name[Parallel.Length..] : name);
            if (value is PickledTensor tensor)
                named.Add((full, tensor));
            else if (value is PickledModule module)
                named.AddRange(Named(ModuleState(module), full + ".", ref modules));
        }

        return named;
    }

    /// <summary>Parameters, buffers and modules of a module, by name.</summary>
    private static Dictionary<object, object?> ModuleState(PickledModule module)
    {
        var state = new Dictionary<object, object?>();
        foreach (string kind in (string[])["_parameters", "_buffers", "_modules"])
        {
            foreach (var (name, value) in module.State.GetValueOrDefault(kind) as Dictionary<object, object?> ?? [])
                state[name] = value;
        }

        return state;
    }

    private Entry Describe(string name, PickledTensor tensor)
    {
        if (!_types.TryGetValue(tensor.Storage.Type, out (ScalarType Type, int Size) type))
            throw Unusable($"tensor '{name}' is a {tensor.Storage.Type}");
        if (_archive.GetEntry($"{_root}data/{tensor.Storage.Key}") is not { } storage)
            throw Unusable($"the numbers of tensor '{name}' are missing");
        if (storage.Length % type.Size != 0 || storage.Length > Unpacking.Most(File.Length))
            throw Unusable($"the numbers of tensor '{name}' have an impossible length");
        long numbers = storage.Length / type.Size;
        if (
            tensor.Shape.Length != tensor.Stride.Length
            || SafeTensorsHeader.Bytes(tensor.Shape, 1) < 0
            || tensor.Stride.Any(s => s < 0)
            || tensor.Offset < 0
        )
            throw Unusable($"tensor '{name}' has an impossible shape");
        Int128 last = tensor.Offset;
        for (int i = 0; i < tensor.Shape.Length; i++)
            last += (Int128)Math.Max(tensor.Shape[i] - 1, 0) * tensor.Stride[i];
        if (SafeTensorsHeader.Bytes(tensor.Shape, 1) is > 0 and var count && (last >= numbers || count > numbers))
            throw Unusable($"tensor '{name}' lies outside of its numbers");
        return new Entry(type.Type, tensor.Shape, storage, numbers, tensor.Offset, tensor.Stride);
    }

    private sealed record Entry(ScalarType Type, long[] Shape, ZipArchiveEntry Storage, long Numbers, long Offset, long[] Stride)
        : WeightEntry(Type, Shape);
}
