using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Start">Its first byte, counted from the beginning of the file.</param>
internal sealed record SafeTensorEntry(ScalarType Type, long[] Shape, long Start) : WeightEntry(Type, Shape);

/// <summary>A safetensors file that is read; <see cref="SafeTensorsHeader"/> says what is checked before.</summary>
internal sealed class SafeTensorsFile : WeightFile
{
    private readonly Dictionary<string, WeightEntry> _entries;

    private SafeTensorsFile(FileStream file, string path, bool verify)
        : base(file, path) =>
        _entries = SafeTensorsHeader
            .Read(file, verify, Unusable)
            .ToDictionary(
                p => p.Key,
                WeightEntry (p) => new SafeTensorEntry(SafeTensors.Types[p.Value.Type], p.Value.Shape, p.Value.Start),
                StringComparer.Ordinal
            );

    internal override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    protected override string Format => "safetensors";

    /// <exception cref="InvalidDataException">The file is not of this format or is damaged.</exception>
    internal static SafeTensorsFile Open(FileStream stream, string path, bool verify) => new(stream, path, verify);

    /// <exception cref="InvalidDataException">The file cannot be read, is not of this format or is damaged.</exception>
    internal static SafeTensorsFile Open(string path)
    {
        FileStream stream = OpenStream(path);
        try
        {
            return Open(stream, path, verify: true);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    protected override Tensor Read(string name)
    {
        var entry = (SafeTensorEntry)_entries[name];
        return Read(entry.Type, entry.Shape, entry.Start);
    }
}
