using System.Text.Json;

namespace CxrAnnotate.Results;

/// <summary>The out-of-fold readings of one reader on one set, with the truth: a JSON file, of which tables are made at any time.</summary>
internal sealed record ReadingsFile
{
    /// <summary>The version of the form.</summary>
    internal const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    public int Format { get; init; } = CurrentFormat;

    /// <summary>The name of the set's folder.</summary>
    public required string Set { get; init; }

    /// <summary>The reader, as named by <c>--readers</c>.</summary>
    public required string Reader { get; init; }

    /// <summary>The number of folds.</summary>
    public required int Folds { get; init; }

    /// <summary>The seed of folds and trainings.</summary>
    public required int Seed { get; init; }

    /// <summary>The cases in the order of the table.</summary>
    public required FoldedCase[] Cases { get; init; }

    public required ReaderOutput[] Outputs { get; init; }

    /// <summary>What the readings took, all folds together.</summary>
    public required ReadingCost Cost { get; init; }

    /// <summary>The file of a reader's readings of a set.</summary>
    internal static string PathOf(string folder, string set, string reader) => Path.Combine(folder, $"{set}.{reader}.json");

    internal void Write(string path) => DurableFile.WriteText(path, JsonSerializer.Serialize(this, _json));

    /// <exception cref="InvalidDataException">The file is not such a file, of another version, or incomplete.</exception>
    internal static ReadingsFile Read(string path)
    {
        ReadingsFile? file;
        try
        {
            file = JsonSerializer.Deserialize<ReadingsFile>(File.ReadAllText(path), _json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a file of readings: {e.Message}", e);
        }

        if (file is not { Format: CurrentFormat })
            throw new InvalidDataException($"'{path}' is not a file of readings of version {CurrentFormat}. Run its reader again.");
        if (file.Outputs.FirstOrDefault(output => output.Readings.Length != file.Cases.Length) is { } partial)
            throw new InvalidDataException(
                $"'{path}' has {partial.Readings.Length} readings of {file.Cases.Length} cases for '{partial.Name}'. Run its reader again."
            );
        return file;
    }
}
