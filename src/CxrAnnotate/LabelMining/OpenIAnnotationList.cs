namespace CxrAnnotate;

/// <summary>One image of an annotation list.</summary>
/// <param name="Line">The line in the list, from 1.</param>
/// <param name="Image">The path of the image, as written.</param>
/// <param name="Study">The study: the fourth folder of the path; the image itself if the path names none.</param>
/// <param name="Mesh">The full terms.</param>
/// <param name="MeshTop">The top terms, empty if there are none.</param>
internal readonly record struct OpenIAnnotation(int Line, string Image, string Study, string Mesh, string MeshTop);

/// <summary>
/// The annotation list of the paper's authors: <c>/imgs/512/DIR/STUDY/IMAGE.png|TERM|TERM...</c>, one image per line, and beside it, with <c>.top</c>
/// added to its name, a list of the same images with their top terms. Unusable lines are skipped with a warning that names file and line.
/// </summary>
internal sealed class OpenIAnnotationList
{
    /// <summary>More terms than this in one line are accepted with a warning: two lines may have been joined.</summary>
    internal const int ManyTerms = 100;

    private readonly FileWarnings _warnings = new();

    private OpenIAnnotationList(string path, string topPath)
    {
        Path = path;
        TopPath = topPath;
    }

    internal string Path { get; }

    internal string TopPath { get; }

    /// <summary>Whether the list of top terms exists.</summary>
    internal bool HasTop { get; private set; }

    internal IReadOnlyList<OpenIAnnotation> Rows { get; private set; } = [];

    /// <summary>Lines of the list that are not used.</summary>
    internal int SkippedLines { get; private set; }

    /// <summary>The problems, by file and line.</summary>
    internal IReadOnlyList<string> Warnings => _warnings.All;

    /// <summary>Reads the list and, if it exists, the list of top terms.</summary>
    /// <param name="path">The list.</param>
    /// <param name="topPath">The list of top terms; null is the path with <c>.top</c> added.</param>
    /// <exception cref="FileNotFoundException">The list, or the named list of top terms, does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is not text.</exception>
    internal static OpenIAnnotationList Read(string path, string? topPath = null)
    {
        OpenIAnnotationList list = new(path, topPath ?? path + ".top");
        List<Line> lines = list.Lines(path);
        list.HasTop = topPath is not null || File.Exists(list.TopPath);
        string[] tops = list.HasTop ? list.Align(lines, list.Lines(list.TopPath)) : [];

        List<OpenIAnnotation> rows = new(lines.Count);
        int withoutStudy = 0;
        for (int i = 0; i < lines.Count; i++)
        {
            Line line = lines[i];
            if (line.Image.Length == 0 || IsBlank(line.Terms))
            {
                list.SkippedLines++;
                list.Warn(
                    path,
                    line.Number,
                    line.Image.Length == 0
                        ? "no image path before the first '|'; skipped"
                        : "no annotation term after the image path (expected path|TERM|TERM...); skipped"
                );
                continue;
            }
            int terms = line.Terms.AsSpan().Count('|') + 1;
            if (terms > ManyTerms)
                list.Warn(path, line.Number, $"{terms} terms in one line; is a line break missing?");
            string? study = StudyOf(line.Image);
            withoutStudy += study is null ? 1 : 0;
            rows.Add(new OpenIAnnotation(line.Number, line.Image, study ?? line.Image, line.Terms, list.HasTop ? tops[i] : ""));
        }
        if (withoutStudy > 0)
            list._warnings.Note(
                $"'{path}': {withoutStudy} of {rows.Count} image paths name no study (expected /imgs/512/DIRECTORY/STUDY/IMAGE.png); each of these "
                    + $"images counts as a study of its own."
            );
        if (list.SkippedLines > 0)
            list._warnings.Note($"'{path}': {list.SkippedLines} of {lines.Count} lines were skipped; {rows.Count} are used.");
        list.Rows = rows;
        return list;
    }

    /// <summary>The study that an image path names, or null: its fourth folder, as the paper's program took it.</summary>
    private static string? StudyOf(string image)
    {
        ReadOnlySpan<char> path = image;
        Span<Range> parts = stackalloc Range[7];
        // The parts of a path; the last one holds the rest.
        return path.Split(parts, '/') >= 6 && !path[parts[4]].IsWhiteSpace() ? path[parts[4]].Trim().ToString() : null;
    }

    /// <summary>The top terms of every line: line by line if both lists have the same images in the same order, else by the image's name.</summary>
    private string[] Align(List<Line> lines, List<Line> topLines)
    {
        string[] tops = new string[lines.Count];
        int same = 0;
        while (same < Math.Min(lines.Count, topLines.Count) && lines[same].Image == topLines[same].Image)
            tops[same] = topLines[same++].Terms;
        if (same == lines.Count && same == topLines.Count)
            return WithoutTerms(lines, tops);

        _warnings.Note(
            same < topLines.Count && same < lines.Count
                ? $"'{TopPath}', line {topLines[same].Number}: image '{topLines[same].Image}' where '{Path}', line {lines[same].Number}, has "
                    + $"'{lines[same].Image}'; from here on images are matched by name."
                : $"'{TopPath}' has {topLines.Count} images, '{Path}' has {lines.Count}; from image {same + 1} on they are matched by name."
        );
        Dictionary<string, string> byImage = new(StringComparer.Ordinal);
        foreach (Line top in topLines)
            byImage.TryAdd(top.Image, top.Terms);
        for (int i = same; i < tops.Length; i++)
            tops[i] = byImage.GetValueOrDefault(lines[i].Image, "");
        return WithoutTerms(lines, tops);
    }

    private string[] WithoutTerms(List<Line> lines, string[] tops)
    {
        for (int i = 0; i < tops.Length; i++)
        {
            if (IsBlank(tops[i]) && !IsBlank(lines[i].Terms))
                Warn(Path, lines[i].Number, $"image '{lines[i].Image}' has no top terms in '{TopPath}'");
        }
        return tops;
    }

    private List<Line> Lines(string path)
    {
        string text = TextFile.Read(path, out bool assumedLatin1);
        if (assumedLatin1)
            _warnings.Note($"'{path}', line {FirstForeignLine(text)}: not valid UTF-8; the file is read as Latin-1.");
        List<Line> lines = [];
        int number = 0;
        // Only line feeds end a line: EnumerateLines would also break at characters that occur within words in other encodings.
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan(range).TrimEnd();
            number++;
            if (line.IsWhiteSpace())
                continue;
            int bar = line.IndexOf('|');
            lines.Add(
                bar < 0 ? new Line(number, line.Trim().ToString(), "") : new Line(number, line[..bar].Trim().ToString(), line[(bar + 1)..].ToString())
            );
        }
        return lines;
    }

    private static int FirstForeignLine(string text)
    {
        int at = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007f');
        return at < 0 ? 1 : text.AsSpan(0, at).Count('\n') + 1;
    }

    private static bool IsBlank(string terms) => terms.AsSpan().IndexOfAnyExcept("| \t") < 0;

    private void Warn(string path, int line, string what) => _warnings.Add(path, line, what);

    private readonly record struct Line(int Number, string Image, string Terms);
}
