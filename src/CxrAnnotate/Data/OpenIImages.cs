using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Locates the images of the Open-i collection and knows the view of each. Image names have the prefix CXR (reports, archives) or not (the authors'
/// list).
/// </summary>
internal sealed class OpenIImages
{
    internal const string Source = "openi";

    private readonly string? _folder;
    private readonly HashSet<string> _present;
    private readonly Dictionary<string, string> _views;

    private OpenIImages(string? folder, HashSet<string> present, Dictionary<string, string> views)
    {
        _folder = folder;
        _present = present;
        _views = views;
    }

    /// <param name="beside">The folder of the list or archive: its 'images' folder and its projections.csv (or indiana_projections.csv, as in a
    /// redistributed copy) are used.</param>
    /// <param name="imageFolder">The image folder that the caller names, if any.</param>
    /// <param name="log">Receives the warnings.</param>
    internal static OpenIImages Open(string beside, string? imageFolder, IChannelProvider log)
    {
        if (imageFolder is not null && !Directory.Exists(imageFolder))
            throw new DirectoryNotFoundException(ErrorCode.ImageFolderNotFound.Message($"There is no image folder '{imageFolder}'."));
        string usual = Path.Combine(beside, "images");
        string? folder = imageFolder ?? (Directory.Exists(usual) ? usual : null);
        HashSet<string> present = folder is null ? [] : [.. FileTree.Files(folder).Select(file => Path.GetRelativePath(folder, file))];
        var views = new Dictionary<string, string>(StringComparer.Ordinal);
        if (SetFolder.Find(beside, "projections.csv", "indiana_projections.csv") is { } projections)
        {
            using var skipped = new SkippedRows(log, projections);
            var table = CsvTable.Read(projections, skipped);
            int image = table.Require("image_id", "filename");
            int projection = table.Require("projection");
            foreach (CsvLine row in table.Rows)
                views[Bare(row[image])] = row[projection];
            skipped.Complete(views.Count, "rows");
        }

        return new OpenIImages(folder, present, views);
    }

    /// <summary>Frontal or Lateral; empty if unknown.</summary>
    internal string View(string image) => _views.GetValueOrDefault(Bare(image), "");

    /// <summary>The file of an image: the first of its possible names that exists, otherwise the expected name.</summary>
    internal string Locate(string image)
    {
        if (_folder is null)
            return image;
        string relative = image.TrimStart('/');
        string bare = Bare(Path.GetFileNameWithoutExtension(relative));
        string[] names = [relative, $"CXR{bare}.png", $"{bare}.png", $"CXR{bare}.jpg", $"{bare}.jpg", $"{bare}.dcm.png", $"CXR{bare}.dcm"];
        return Path.Combine(_folder, names.FirstOrDefault(_present.Contains) ?? names[1]);
    }

    private static string Bare(string image)
    {
        string name = image.EndsWith(".dcm.png", StringComparison.Ordinal) ? image[..^".dcm.png".Length] : image;
        return name.StartsWith("CXR", StringComparison.Ordinal) ? name[3..] : name;
    }
}
