using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>Rules of the whole repository.</summary>
public sealed class RepositoryTests
{
    private static readonly string[] _kept = ["src", "tests", "benchmarks", "samples", "docs", "build", ".ci", ".github"];
    private static readonly string[] _text =
    [
        ".cs",
        ".csproj",
        ".props",
        ".targets",
        ".md",
        ".sh",
        ".yml",
        ".css",
        ".json",
        ".config",
        ".txt",
        ".sln",
        ".editorconfig",
        "",
    ];

    [Fact]
    public void No_file_is_marked_as_unfinished() => Assert.Empty(Matches("\\b(?:TO" + "DO|FIX" + "ME|HA" + "CK)\\b"));

    [Fact]
    public void No_file_names_a_place_on_one_machine() => Assert.Empty(Matches("(?<![\\w.])/(?:wo" + "rk|tm" + "p|ho" + "me|ro" + "ot)/"));

    [Fact]
    public void Lines_of_code_have_at_most_150_columns()
    {
        Assert.Equal([2], LongLines($"a\n{new string('b', 151)}\n{new string('c', 150)}").Select(line => line.Number));
        Assert.Empty(LongLines($"x = \"\"\"\n{new string('b', 151)}\n\"\"\";"));
        Assert.Equal([4], LongLines($"x = \"\"\"\nb\n\"\"\";\n{new string('c', 151)}").Select(line => line.Number));
        Assert.Empty(
            from file in Files().Where(file => file.EndsWith(".cs", StringComparison.Ordinal))
            from line in LongLines(File.ReadAllText(file))
            select $"{Relative(file)}:{line.Number}: {line.Text.Trim()}"
        );
    }

    [Fact]
    public void The_version_is_the_same_everywhere()
    {
        string version = Regex.Match(Read("Directory.Build.props"), "<VersionPrefix>(.*)</VersionPrefix>").Groups[1].Value;
        Assert.Matches(@"^\d+\.\d+\.\d+$", version);
        string[] elsewhere =
        [
            .. Versions("README.md", @"dotnet add MyApp package CxrAnnotate --version (\S+)"),
            .. Versions("CITATION.cff", @"(?m)^version: (\S+)"),
            .. Directory
                .EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "samples"), "*.csproj", SearchOption.AllDirectories)
                .SelectMany(file => Versions(Relative(file), "Include=\"CxrAnnotate\" Version=\"(.*?)\"")),
        ];
        Assert.True(elsewhere.Length > 3);
        Assert.All(elsewhere, other => Assert.Equal(version, other));

        static IEnumerable<string> Versions(string file, string pattern) => Regex.Matches(Read(file), pattern).Select(match => match.Groups[1].Value);
    }

    [Fact]
    public void The_first_program_of_the_readme_is_the_one_that_is_compiled()
    {
        string readme = Read("README.md"),
            sample = Read("samples/FirstProgram/Program.cs");
        Match program = Regex.Match(readme, "```csharp\n(.*?)```", RegexOptions.Singleline);
        Assert.True(program.Success);
        Assert.Equal(program.Groups[1].Value, sample[(sample.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public void Links_between_documents_resolve()
    {
        var broken =
            from file in Files().Where(file => file.EndsWith(".md", StringComparison.Ordinal))
            from Match link in Regex.Matches(File.ReadAllText(file), @"\]\((?!https?:|#)([^)#]+)")
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value))
            select $"{Relative(file)}: {link.Groups[1].Value}";
        Assert.Empty(broken);
    }

    private static IEnumerable<string> Matches(string pattern) =>
        from file in Files()
        from line in File.ReadLines(file).Select((text, i) => (Text: text, Number: i + 1))
        where Regex.IsMatch(line.Text, pattern)
        select $"{Relative(file)}:{line.Number}: {line.Text.Trim()}";

    /// <summary>Lines of more than 150 columns, but for text in raw strings, which is data.</summary>
    private static IEnumerable<(int Number, string Text)> LongLines(string code)
    {
        bool raw = false;
        int number = 0;
        foreach (string line in code.Split('\n'))
        {
            number++;
            int quotes = Regex.Count(line, "\"{3,}");
            if (line.TrimEnd('\r').Length > 150 && !raw && quotes == 0)
                yield return (number, line);
            raw ^= quotes % 2 == 1;
        }
    }

    private static IEnumerable<string> Files()
    {
        string root = TestData.RepositoryRoot;
        Assert.SkipUnless(File.Exists(Path.Combine(root, "CxrAnnotate.sln")), "The repository is not beside the tests.");
        return Directory
            .EnumerateFiles(root)
            .Concat(
                _kept
                    .Select(folder => Path.Combine(root, folder))
                    .Where(Directory.Exists)
                    .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            )
            // A worktree's .git is a file.
            .Where(file => Path.GetFileName(file) != ".git" && _text.Contains(Path.GetExtension(file)));
    }

    private static string Read(string relative)
    {
        string path = Path.Combine(TestData.RepositoryRoot, relative);
        Assert.SkipUnless(File.Exists(path), "The repository is not beside the tests.");
        return File.ReadAllText(path).ReplaceLineEndings("\n");
    }

    private static string Relative(string path) => Path.GetRelativePath(TestData.RepositoryRoot, path);
}
