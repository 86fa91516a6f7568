using System.Reflection;
using System.Text.RegularExpressions;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed partial class ToolWordingTests
{
    /// <summary>Messages that the tool cannot cause, since it never sets these options to such values.</summary>
    private static readonly string[] _notOfTheTool = ["TrainingData", "LabelColumnName", "MultiLabel", "ClusterRule", "FeaturizeRadiographsOptions"];

    [Fact]
    public void Every_replaced_phrase_is_one_of_the_library()
    {
        string[] sources = [.. Messages().Select(message => message.Text)];
        Assert.All(ToolWording.Phrases, phrase => Assert.Contains(sources, text => text.Contains(phrase.Library, StringComparison.Ordinal)));
    }

    [Fact]
    public void No_message_of_the_tool_names_a_member_of_the_library()
    {
        string[] members =
        [
            .. LibraryAssemblies
                .PublicTypes.Where(type => !type.Name.EndsWith("Exception", StringComparison.Ordinal))
                .SelectMany(type =>
                    type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                        .Where(_ => type.Name.EndsWith("Options", StringComparison.Ordinal))
                        .Select(property => property.Name)
                        .Append(type.Name)
                )
                .Where(name => InnerCapital().IsMatch(name))
                .Distinct()
                .Except(_notOfTheTool),
        ];
        Assert.Contains("AcceptAnyModality", members);
        string[] named =
        [
            .. from message in Messages()
            let told = ToolWording.Of(Hole().Replace(OptionValue().Replace(message.Text, ""), ""))
            from member in members
            where Regex.IsMatch(told, $@"(?<![\w'])(?<!\w\.){member}\b")
            select $"{member}: {message.Text}",
        ];
        Assert.True(named.Length == 0, string.Join('\n', named));
    }

    [Theory]
    [InlineData("CXR1002: BatchSize must be even.", "CXR1002: --batch-size must be even.")]
    [InlineData("BatchSize must be even.", "--batch-size must be even.")]
    [InlineData("CXR1002: Momentum must be even.", "CXR1002: Momentum must be even.")]
    [InlineData("CXR1002: The BatchSize must be even.", "CXR1002: The BatchSize must be even.")]
    public void An_option_of_the_library_has_the_tools_name(string message, string told) =>
        Assert.Equal(told, ToolWording.NameOption(message, ["--batch-size", "--epochs"]));

    /// <summary>The sentences among the string literals of the library's source, with nameof resolved.</summary>
    private static IEnumerable<(string Path, string Text)> Messages()
    {
        string root = Path.Combine(TestData.RepositoryRoot, "src");
        Assert.SkipUnless(Directory.Exists(root), "The repository's source files are not beside the tests.");
        return from path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
               where !Path.GetRelativePath(root, path).StartsWith("CxrAnnotate.Cli", StringComparison.Ordinal)
               let code = string.Join('\n', File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
               let joined = Joint().Replace(NameOf().Replace(code, "$1"), "")
               from text in Text().Matches(joined).Select(match => match.Groups[1].Value)
               where text.Contains(' ', StringComparison.Ordinal)
               select (Path.GetRelativePath(root, path), text);
    }

    [GeneratedRegex(@"\{nameof\((?:\w+\.)*(\w+)\)\}")]
    private static partial Regex NameOf();

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Joint();

    [GeneratedRegex(
        """
            "((?:[^"\\\n]|\\.)*)"
            """
    )]
    private static partial Regex Text();

    /// <summary>The tool checks its own options, and names them.</summary>
    [GeneratedRegex("^[A-Z]\\w+ must .*")]
    private static partial Regex OptionValue();

    [GeneratedRegex("\\{[^{}]*\\}?")]
    private static partial Regex Hole();

    [GeneratedRegex("[a-z][A-Z]")]
    private static partial Regex InnerCapital();
}
