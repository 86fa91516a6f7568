using System.Text.Json;
using CsCheck;
using CxrAnnotate.Cli;
using Spectre.Console;

namespace CxrAnnotate.Tests;

public sealed class TerminalTextTests
{
    private const string Hostile = "\u001b[2J\u001b]0;title\u0007\u009b31m\u202egnp.x\u2066\u200b\ufeff\r\n\b\u0085\u2028";

    private static readonly Gen<string> _text = Gen.Int[0, 0x2100].Select(i => (char)i).Array[0, 30].Select(characters => new string(characters));

    private static readonly JsonSerializerOptions _unescaped = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    private static bool IsSafe(char c) =>
        !char.IsControl(c)
        && c
            is not (
                (>= '\u202a' and <= '\u202e')
                or (>= '\u2066' and <= '\u2069')
                or '\u200b'
                or '\u200e'
                or '\u200f'
                or '\ufeff'
                or '\u2028'
                or '\u2029'
            );

    [Fact]
    public void Everything_that_a_terminal_interprets_is_escaped_and_the_rest_is_unchanged() =>
        _text.Sample(text =>
        {
            string escaped = TerminalText.Escape(text);
            Assert.All(escaped, c => Assert.True(IsSafe(c)));
            if (text.All(c => IsSafe(c) && !char.IsSurrogate(c) && char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.Format))
                Assert.Equal(text, escaped);
        });

    [Fact]
    public void Letters_of_all_scripts_are_shown_and_hidden_characters_are_shown_by_number()
    {
        Assert.Equal("Müller/胸部 X線.png", TerminalText.Escape("Müller/胸部 X線.png"));
        Assert.Equal("می\u200cخواهم", TerminalText.Escape("می\u200cخواهم"));
        Assert.Equal("a\\u001B[2Jb\\n\\u202Ec", TerminalText.Escape("a\u001b[2Jb\n\u202ec"));
        Assert.Equal("\\U000E0041", TerminalText.Escape(char.ConvertFromUtf32(0xE0041)));
        Assert.Equal("\\uD800", TerminalText.Escape("\ud800"));
    }

    [Fact]
    public void An_escaped_JSON_document_has_the_same_meaning() =>
        _text.Sample(text =>
        {
            string json = TerminalText.EscapeJson(JsonSerializer.Serialize(new[] { text }, _unescaped));
            Assert.All(json, c => Assert.True(IsSafe(c) || c == '\n'));
            Assert.Equal(text.Replace('\ud800', '\ufffd'), JsonSerializer.Deserialize<string[]>(json)![0]);
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_console_writes_no_escape_codes_but_its_own(bool terminal)
    {
        using StringWriter output = new();
        IAnsiConsole console = new Terminal(output, output, terminal, terminal).OutputConsole();
        console.Say($"a {Hostile} b {3.14159:F2}");
        console.WriteLine(Hostile);
        console.Write(new Table().AddColumn("c").AddRow(TerminalText.Markup(Hostile)).AddRow(new Text(Hostile)));
        string written = output.ToString();
        Assert.Contains("3.14", written, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", written, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b]", written, StringComparison.Ordinal);
        Assert.DoesNotContain(
            written,
            c => c is '\u0007' or '\u009b' or '\b' or '\u0085' or '\u202e' or '\u2066' or '\u200b' or '\ufeff' or '\u2028'
        );
    }

    [Theory]
    [InlineData("info")]
    [InlineData("mine")]
    [InlineData("annotate", "--run", ".")]
    [InlineData("train", "--out", "x", "--start-from")]
    [InlineData("evaluate", "--run", ".", "--data")]
    [InlineData("no-such-verb")]
    [InlineData("info", "--json")]
    public async Task The_tool_writes_no_escape_codes_for_any_input(params string[] arguments)
    {
        Tool tool = await Tool.Run([.. arguments, Hostile.Replace("\0", "", StringComparison.Ordinal)]);
        Assert.DoesNotContain(
            tool.Output + tool.Error,
            c => c is '\u001b' or '\u0007' or '\u009b' or '\b' or '\u0085' or '\u202e' or '\u2066' or '\u200b' or '\ufeff' or '\u2028'
        );
    }
}
