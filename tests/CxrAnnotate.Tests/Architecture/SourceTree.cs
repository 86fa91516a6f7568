using System.Text;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>The source files of the library's assemblies, read as text.</summary>
internal sealed partial class SourceTree
{
    private const string Name = "CxrAnnotate";

    private SourceTree(IReadOnlyList<SourceFile> files) => Files = files;

    internal IReadOnlyList<SourceFile> Files { get; }

    /// <summary>The folders that have files, in ordinal order.</summary>
    internal IReadOnlyList<string> Folders => [.. Files.Select(file => file.Folder).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The library's files; skips the test if the tests run without the repository.</summary>
    internal static SourceTree Library()
    {
        string root = Path.Combine(TestData.RepositoryRoot, "src");
        Assert.SkipUnless(Directory.Exists(root), "The repository's source files are not beside the tests.");
        return new([
            .. from project in Directory.EnumerateDirectories(root, Name + "*")
            let assembly = Path.GetFileName(project)
            where assembly != Name + ".Cli"
            from path in Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
            let inside = Path.GetRelativePath(project, path).Replace('\\', '/')
            let file = new SourceFile(
                assembly == Name ? inside : $"{assembly[(Name.Length + 1)..]}/{inside}",
                assembly,
                Code(File.ReadAllText(path))
            )
            orderby file.Path
            select file,
        ]);
    }

    /// <summary>The folders whose types a folder's code names, by reading declarations and words; comments and strings do not count.</summary>
    /// <remarks>A partial type belongs to the folder of the file that bears its name.</remarks>
    internal ILookup<string, (string Uses, string Type, string Because)> FolderDependencies()
    {
        Dictionary<string, string> folderOf = new(StringComparer.Ordinal);
        foreach (SourceFile file in Files)
        {
            foreach (string type in Declaration().Matches(file.Code).Select(declaration => declaration.Groups[1].Value))
            {
                if (file.Name == type || !folderOf.ContainsKey(type))
                    folderOf[type] = file.Folder;
            }
        }

        return (
            from file in Files
            from word in Word().Matches(file.Code).Select(match => match.Value).Distinct(StringComparer.Ordinal)
            where folderOf.TryGetValue(word, out string? folder) && folder != file.Folder
            select (file.Folder, Uses: folderOf[word], Type: word, Because: $"{file.Path} names {word}")
        ).ToLookup(use => use.Folder, use => (use.Uses, use.Type, use.Because));
    }

    /// <summary>For every folder how many types of every other folder its code names, as a table in Markdown.</summary>
    internal string Matrix()
    {
        ILookup<string, (string Uses, string Type, string Because)> dependencies = FolderDependencies();
        string[] used = [.. Folders.Where(folder => dependencies.Any(uses => uses.Any(use => use.Uses == folder)))];
        var table = new StringBuilder();
        table.Append("| uses | ").AppendJoin(" | ", used.Select(Title)).AppendLine(" |");
        table.Append("| --- |").Insert(table.Length, " ---: |", used.Length).AppendLine();
        foreach (string folder in Folders)
        {
            table
                .Append("| ")
                .Append(Title(folder))
                .Append(" | ")
                .AppendJoin(
                    " | ",
                    used.Select(other => dependencies[folder].Where(use => use.Uses == other).Select(use => use.Type).Distinct().Count())
                        .Select(count => count == 0 ? "" : $"{count}")
                )
                .AppendLine(" |");
        }

        return table.ToString();
    }

    private static string Title(string folder) => folder.Length == 0 ? "(catalog)" : folder;

    private static string Code(string text) => CommentOrString().Replace(text, match => match.Value[0] == '/' ? " " : "\"\"");

    [GeneratedRegex(@"^(?:public|internal)\s[^;={(\n]*?\b(?:class|record struct|record|struct|enum|interface)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    // A member of something else (options.Classifier) is no type, nor is what a value is given to (Fit = ...); a type behind the namespace's name is.
    [GeneratedRegex(@"(?<![.\w])(?>[A-Z]\w*)(?!\s*=(?!=))")]
    private static partial Regex Word();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();
}

/// <summary>A source file without its comments and strings.</summary>
/// <param name="Path">From the project's folder on; after the name of the assembly if that is not CxrAnnotate.</param>
/// <param name="Assembly">The assembly that it is compiled into.</param>
/// <param name="Code">The code.</param>
internal sealed record SourceFile(string Path, string Assembly, string Code)
{
    /// <summary>The folder with its parents; empty for files of the root of CxrAnnotate.</summary>
    internal string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : "";

    internal string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    internal bool UsesTorch => Code.Contains("TorchSharp", StringComparison.Ordinal);

    internal bool UsesMLNet =>
        Code.Replace("Microsoft.ML.OnnxRuntime", "", StringComparison.Ordinal).Contains("Microsoft.ML", StringComparison.Ordinal);
}
