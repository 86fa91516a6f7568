using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>The source files of the library, read as text.</summary>
internal sealed partial class SourceTree
{
    private SourceTree(IReadOnlyList<SourceFile> files) => Files = files;

    internal IReadOnlyList<SourceFile> Files { get; }

    /// <summary>The library's files; skips the test where the tests run without the repository.</summary>
    internal static SourceTree Library()
    {
        string root = Path.Combine(TestData.RepositoryRoot, "src", "CxrAnnotate");
        Assert.SkipUnless(Directory.Exists(root), "The repository's source files are not beside the tests.");
        return new([
            .. Directory
                .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(path => new SourceFile(Path.GetRelativePath(root, path).Replace('\\', '/'), Code(File.ReadAllText(path))))
                .OrderBy(file => file.Path, StringComparer.Ordinal),
        ]);
    }

    /// <summary>The folders whose types a folder's code names, by reading declarations and words; comments and strings do not count.</summary>
    internal ILookup<string, (string Uses, string Because)> FolderDependencies()
    {
        Dictionary<string, string> folderOf = [];
        foreach (SourceFile file in Files.Where(file => file.Folder.Length > 0))
        {
            foreach (Match declaration in Declaration().Matches(file.Code))
                folderOf[declaration.Groups[1].Value] = file.Folder;
        }

        return (
            from file in Files
            where file.Folder.Length > 0
            from word in Word().Matches(file.Code).Select(match => match.Value).Distinct(StringComparer.Ordinal)
            where folderOf.TryGetValue(word, out string? folder) && folder != file.Folder
            select (file.Folder, Uses: folderOf[word], Because: $"{file.Path} names {word}")
        ).ToLookup(use => use.Folder, use => (use.Uses, use.Because));
    }

    private static string Code(string text) => CommentOrString().Replace(text, match => match.Value[0] == '/' ? " " : "\"\"");

    [GeneratedRegex(@"^(?:public|internal)\s[^;={(\n]*?\b(?:class|record struct|record|struct|enum|interface)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    // A member of something else (options.Classifier) is no type; a type behind the namespace's name is.
    [GeneratedRegex(@"(?<![.\w])[A-Z]\w*")]
    private static partial Regex Word();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();
}

/// <summary>A source file without its comments and strings.</summary>
internal sealed record SourceFile(string Path, string Code)
{
    /// <summary>The feature folder; empty for files of the root.</summary>
    internal string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";

    internal string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    internal bool UsesTorch => Code.Contains("TorchSharp", StringComparison.Ordinal);

    internal bool UsesMLNet =>
        Code.Replace("Microsoft.ML.OnnxRuntime", "", StringComparison.Ordinal).Contains("Microsoft.ML", StringComparison.Ordinal);
}
