using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Reads rows from the annotation list of the paper's authors: <c>/imgs/512/DIR/STUDY/IMAGE.png|TERM|TERM...</c>, and its companion file with the top
/// terms.
/// </summary>
internal static class OpenIListReader
{
    internal static List<RadiographRecord> Read(string path, OpenIImages images, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, path);
        Dictionary<string, string> tops = ReadTops(path + ".top");
        string text = TextFile.Read(path, out bool assumedLatin1);
        if (assumedLatin1)
            skipped.Note("not valid UTF-8; read as Latin-1.");
        var records = new List<RadiographRecord>();
        int line = 0;
        foreach (ReadOnlySpan<char> row in text.AsSpan().EnumerateLines())
        {
            line++;
            if (row.IsWhiteSpace())
                continue;
            string whole = row.ToString();
            int bar = whole.IndexOf('|', StringComparison.Ordinal);
            if (bar < 0 || string.IsNullOrWhiteSpace(whole[(bar + 1)..].Replace("|", "", StringComparison.Ordinal)))
            {
                skipped.Skip(line, "no annotation term after the image path; expected 'path|TERM|TERM...'.");
                continue;
            }

            string image = whole[..bar];
            string[] parts = image.Split('/');
            if (parts.Length < 6 || parts[4].Length == 0)
            {
                skipped.Skip(line, $"the path '{image}' does not name a study; expected '/imgs/512/DIRECTORY/STUDY/IMAGE.png'.");
                continue;
            }

            records.Add(
                new()
                {
                    ImagePath = images.Locate(image),
                    Mesh = whole[(bar + 1)..],
                    MeshTop = tops.GetValueOrDefault(image, ""),
                    StudyId = parts[4],
                    PatientId = parts[4],
                    View = images.View(Path.GetFileNameWithoutExtension(image)),
                    Source = OpenIImages.Source,
                }
            );
        }

        skipped.Complete(records.Count, "lines");
        return records;
    }

    private static Dictionary<string, string> ReadTops(string path)
    {
        var tops = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return tops;
        foreach (ReadOnlySpan<char> row in TextFile.Read(path, out _).AsSpan().EnumerateLines())
        {
            int bar = row.IndexOf('|');
            if (bar > 0)
                tops[row[..bar].ToString()] = row[(bar + 1)..].ToString();
        }

        return tops;
    }
}
