using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>docs/cli.md lists what the tool can do. The part below its mark is written by the tests: CXR_WRITE_DOCS=1 brings it up to date.</summary>
public sealed class CliReferenceTests
{
    private const string Mark = "<!-- What follows is written by CliReferenceTests (CXR_WRITE_DOCS=1). -->\n";

    [Fact]
    public void The_page_of_the_command_line_is_what_the_tool_understands()
    {
        string path = Path.Combine(TestData.RepositoryRoot, "docs", "cli.md");
        Assert.SkipUnless(File.Exists(path), "The repository's documentation is not beside the tests.");
        string page = File.ReadAllText(path),
            generated = Generate();
        string[] parts = page.Split(Mark);
        Assert.Equal(2, parts.Length);
        if (Environment.GetEnvironmentVariable("CXR_WRITE_DOCS") == "1")
            File.WriteAllText(path, parts[0] + Mark + generated);
        else
            Assert.Equal(generated, parts[1]);
    }

    private static string Generate()
    {
        CommandLine line = new(new FakeRuns(), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
        StringBuilder page = new();
        page.Append("\n## Options of every verb\n");
        Options(page, line.Common);
        foreach (Verb verb in line.Verbs)
        {
            page.Append($"\n## cxr {verb.Name}\n\n{verb.Description}\n");
            if (verb.Arguments.Count > 0)
            {
                page.Append("\n| Argument | Meaning |\n| --- | --- |\n");
                foreach (Argument argument in verb.Arguments)
                    page.Append(
                        $"| `{Cell(argument.HelpName ?? argument.Name)}`{(argument.Arity.MaximumNumberOfValues > 1 ? " ..." : "")} | "
                            + $"{Cell(argument.Description)} |\n"
                    );
            }
            Options(page, verb.Options);
            page.Append("\n```\n");
            foreach (Example example in verb.Examples)
                page.Append($"# {example.Purpose}\n{string.Join('\n', example.Lines)}\n");
            page.Append("```\n");
        }
        return page.ToString();
    }

    private static void Options(StringBuilder page, IEnumerable<Option> options)
    {
        Option[] shown = [.. options.Where(option => option is not HelpOption && !option.Hidden)];
        if (shown.Length == 0)
            return;
        page.Append("\n| Option | Value | Default | Meaning |\n| --- | --- | --- | --- |\n");
        foreach (Option option in shown)
        {
            string value = option.ValueType == typeof(bool) ? "" : $"`{Cell(option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant())}`";
            string standard =
                option.Required ? "required"
                : option.HasDefaultValue
                && option.ValueType != typeof(bool)
                && option.GetDefaultValue() is { } known and not System.Collections.ICollection
                    ? $"`{Cell(FormattableString.Invariant($"{known}"))}`"
                : "";
            page.Append(
                $"| {string.Join(", ", option.Aliases.Prepend(option.Name).Select(name => $"`{name}`"))} | {value} | {standard} | "
                    + $"{Cell(option.Description)} |\n"
            );
        }
    }

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
