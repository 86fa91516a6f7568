using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>Every error has a code, every code a cause that occurs and a section in docs/troubleshooting.md.</summary>
public sealed partial class ErrorCodeTests
{
    [Fact]
    public void Every_exception_with_a_message_of_its_own_begins_with_a_code()
    {
        (string Path, string Code)[] sources = [.. Sources()];
        Assert.Contains(sources, source => Thrown().IsMatch(source.Code) && !Uncoded(source.Code).Any());
        Assert.Empty(from source in sources from place in Uncoded(source.Code) select $"{source.Path}: {place}");
    }

    [Theory]
    [InlineData("throw new InvalidDataException(\"it is broken\");", false)]
    [InlineData("throw new InvalidDataException($\"'{path}' is broken (ErrorCode.NotText.Message)\", e);", false)]
    [InlineData("throw new InvalidDataException(problem);", false)]
    [InlineData("throw new ArgumentException(\"It is broken.\", nameof(text));", false)]
    [InlineData("throw new InvalidDataException(ErrorCode.NotText.Message($\"'{path}' is broken\"), e);", true)]
    [InlineData("throw new ArgumentOutOfRangeException(nameof(A), A, ErrorCode.NotText.Message(\"A must be 1.\"));", true)]
    [InlineData("throw new ArgumentOutOfRangeException(nameof(slot));", true)]
    [InlineData("throw new InvalidDataException(code.Message(wrong));", true)]
    [InlineData("throw new NotSupportedException();", true)]
    [InlineData("throw new NativeRuntimeException(failure.Message, failure);", true)]
    [InlineData("throw new(\"It is broken.\");", false)]
    [InlineData("InvalidDataException Failure(string name, (int, int) size) => new($\"'{name}' is broken\");", false)]
    [InlineData("InvalidDataException Failure(string name) =>\n    new(name, ErrorCode.NotText.Message(\"It is broken.\"));", true)]
    public void A_message_without_a_code_is_found(string code, bool fine) => Assert.Equal(fine, !Uncoded(code).Any());

    [Fact]
    public void No_two_causes_have_one_number()
    {
        ErrorCode[] codes = Enum.GetValues<ErrorCode>();
        Assert.Equal(codes.Length, Enum.GetNames<ErrorCode>().Length);
        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.All(codes, code => Assert.InRange((int)code, 1000, 9999));
    }

    [Fact]
    public void Every_code_has_a_section_of_the_troubleshooting_page_in_the_order_of_numbers()
    {
        string page = Read("docs/troubleshooting.md");
        Assert.Equal(Enum.GetValues<ErrorCode>().Select(code => code.Name()), Section().Matches(page).Select(match => match.Groups[1].Value));
        Assert.All(Section().Split(page).Where((_, i) => i % 2 == 0).Skip(1), text => Assert.InRange(text.Trim().Length, 60, 700));
    }

    /// <summary>
    /// Numbers never change their meaning: a name that differs from the list is a code that was reused or renamed. A new code is added to the list;
    /// one that is no longer used stays there, marked by a minus.
    /// </summary>
    [Fact]
    public void Every_code_is_the_one_that_is_listed()
    {
        string[] listed =
        [
            .. Read("tests/CxrAnnotate.Tests/Architecture/error-codes.txt")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        ];
        Assert.Equal(Enum.GetValues<ErrorCode>().Select(code => $"{code.Name()} {code}"), listed.Where(line => line[0] != '-'));
        Assert.DoesNotContain(
            listed,
            line =>
                line[0] == '-'
                && Enum.IsDefined(
                    (ErrorCode)
                        int.Parse(
                            line.AsSpan(line.IndexOf("CXR", StringComparison.Ordinal) + 3, 4),
                            System.Globalization.CultureInfo.InvariantCulture
                        )
                )
        );
    }

    [Fact]
    public void Every_code_is_used()
    {
        string[] sources = [.. Sources().Select(source => source.Code)];
        Assert.All(Enum.GetNames<ErrorCode>(), name => Assert.Contains(sources, code => Regex.IsMatch(code, $@"\bErrorCode\.{name}\b")));
    }

    private static string Read(string path)
    {
        string full = Path.Combine(TestData.RepositoryRoot, path);
        Assert.SkipUnless(File.Exists(full), $"{path} is not beside the tests.");
        return File.ReadAllText(full);
    }

    private static IEnumerable<string> Uncoded(string code) =>
        Thrown()
            .Matches(code)
            .Select(match => code.AsSpan(match.Index, Math.Min(120, code.Length - match.Index)).ToString())
            .Where(text =>
                !WithCode().IsMatch(text)
                && !WithoutMessage().IsMatch(text)
                && !(
                    OfField().Match(text) is { Success: true } field
                    && code.Contains($"string {field.Groups[1].Value} = ErrorCode.", StringComparison.Ordinal)
                )
            );

    private static IEnumerable<(string Path, string Code)> Sources()
    {
        string root = Path.Combine(TestData.RepositoryRoot, "src");
        Assert.SkipUnless(Directory.Exists(root), "The repository's source files are not beside the tests.");
        return from path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
               let relative = Path.GetRelativePath(root, path).Replace('\\', '/')
               where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
               let code = File.ReadLines(path).Select(line => line.Trim()).Where(line => !line.StartsWith("//", StringComparison.Ordinal))
               select (relative, OnOneLine(code));
    }

    /// <summary>Code without the line breaks of its formatting, so that a call looks the same however it is broken.</summary>
    private static string OnOneLine(IEnumerable<string> lines) => string.Join(' ', lines).Replace("( ", "(", StringComparison.Ordinal);

    [GeneratedRegex(@"new \w*Exception\(|throw new\(|(?<=\w*Exception\??\s+\w+\((?:[^()]|\([^()]*\))*\)\s*=>\s*)new\(")]
    private static partial Regex Thrown();

    /// <summary>A message that is a constant of the file.</summary>
    [GeneratedRegex(@"^new \w*Exception\(([A-Z]\w*)\)")]
    private static partial Regex OfField();

    [GeneratedRegex("^### (CXR[0-9]{4})$", RegexOptions.Multiline)]
    private static partial Regex Section();

    /// <summary>A code before the first text of the arguments.</summary>
    [GeneratedRegex("""^new(?: \w*Exception)?\([^";]*\b(?:ErrorCode\.\w+|code)\.Message\(""")]
    private static partial Regex WithCode();

    /// <summary>No message, one that .NET words, or the message of another exception.</summary>
    [GeneratedRegex(@"^new \w*Exception\((?:\)|nameof\([\w.]+\)\)|(?<e>\w+)\.Message, \k<e>\))")]
    private static partial Regex WithoutMessage();
}
