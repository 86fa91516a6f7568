using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Cli;

/// <summary>
/// The folder of <c>cxr annotate --explain</c>. Pictures are named by the place of the file in the output and by their subject, not by the file,
/// whose name may be a patient's.
/// </summary>
/// <param name="path">The folder; it has been claimed.</param>
/// <param name="draw">Draws a map over a file, as a PNG.</param>
/// <param name="warn">Receives what could not be drawn.</param>
internal sealed partial class OverlayFolder(string path, Func<string, HeatMap, byte[]> draw, Action<string> warn)
{
    /// <summary>Whether a name is one that this writes.</summary>
    internal static bool IsOwn(string name) => OwnName().IsMatch(name);

    /// <summary>Writes the pictures of one file's maps.</summary>
    /// <param name="index">The place of the file among all.</param>
    /// <param name="file">The file.</param>
    /// <param name="maps">Its maps.</param>
    internal IReadOnlyList<ExplainedPart> Write(long index, string file, IReadOnlyList<HeatMap> maps)
    {
        var parts = new List<ExplainedPart>();
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (HeatMap map in maps)
        {
            string stem = string.Create(CultureInfo.InvariantCulture, $"heatmap-{index:D6}-{Safe(map.Subject)}"),
                name = stem + ".png";
            for (int again = 2; !taken.Add(name); again++)
                name = string.Create(CultureInfo.InvariantCulture, $"{stem}-{again}.png");
            parts.Add(ExplainedPart.Of(map, Draw(file, map, name) ? name : null));
        }

        return parts;
    }

    private bool Draw(string file, HeatMap map, string name)
    {
        byte[] picture;
        try
        {
            picture = draw(file, map);
        }
        catch (InvalidDataException e)
        {
            // The file was read before; it has changed or gone since.
            warn(e.Message);
            return false;
        }

        Directory.CreateDirectory(path);
        DurableFile.Write(Path.Combine(path, name), stream => stream.Write(picture));
        return true;
    }

    /// <summary>Words have letters of any script and signs; file systems differ in what they take.</summary>
    private static string Safe(string subject) =>
        string.Concat(subject.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '-'));

    [GeneratedRegex(@"\Aheatmap-[0-9]{6,}-[a-z0-9_-]*\.png\z")]
    private static partial Regex OwnName();
}
