using System.Text.Json;

namespace CxrAnnotate.Results.Explaining;

/// <summary>How one map of one image compares with the truth.</summary>
/// <param name="Image">The image.</param>
/// <param name="Unit">The patient.</param>
/// <param name="Subject">The finding or word.</param>
/// <param name="Kind">What it is: finding, side, location, severity.</param>
/// <param name="Method">How the map was made.</param>
/// <param name="IsRead">Whether the model read it.</param>
/// <param name="Area">The share of the image that the truth covers.</param>
/// <param name="Hit">Whether the peak hits the truth.</param>
/// <param name="CentreHit">Whether the middle of the image hits it.</param>
/// <param name="Overlap">Of the warmest tenth.</param>
/// <param name="HalfOverlap">Of the cells that are at least half as warm as the warmest.</param>
/// <param name="CentreOverlap">Of the tenth in the middle.</param>
/// <param name="Fall">The fall of the log-odds without the warmest tenth; NaN if it was not measured.</param>
/// <param name="RandomFall">The mean fall without a random tenth.</param>
internal sealed record ExplainedCase(
    string Image,
    string Unit,
    string Subject,
    string Kind,
    string Method,
    bool IsRead,
    double Area,
    bool Hit,
    bool CentreHit,
    double Overlap,
    double HalfOverlap,
    double CentreOverlap,
    double Fall,
    double RandomFall
);

/// <summary>The cases of one model on one set.</summary>
/// <param name="Set">The name of the set.</param>
/// <param name="Cells">Rows and columns of the maps.</param>
/// <param name="SecondsPerImage">What the maps of an image took, by method.</param>
/// <param name="Cases">The cases.</param>
internal sealed record ExplainedFile(string Set, int Cells, Dictionary<string, double> SecondsPerImage, ExplainedCase[] Cases)
{
    internal const string Suffix = ".explained.json";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    internal void Write(string path) => DurableFile.WriteText(path, JsonSerializer.Serialize(this, _json));

    /// <exception cref="InvalidDataException">The file is not such a file.</exception>
    internal static ExplainedFile Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ExplainedFile>(File.ReadAllText(path), _json)!;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a file of explained cases: {e.Message}", e);
        }
    }
}
