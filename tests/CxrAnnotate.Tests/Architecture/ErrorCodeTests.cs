using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>Every error has a code, every code a cause that occurs and a section in docs/troubleshooting.md.</summary>
public sealed partial class ErrorCodeTests
{
    /// <summary>Folders whose messages have no codes yet.</summary>
    private static readonly string[] _without = ["Decoding/", "Vision/", "Onnx/", "Cascade/", "Torch/", "Scoring/", "Imaging/"];

    [Fact]
    public void Every_exception_with_a_message_of_its_own_begins_with_a_code()
    {
        (string Path, string Code)[] sources = [.. Sources()];
        Assert.Contains(sources, source => Thrown().IsMatch(source.Code) && !Uncoded(source.Code).Any());
        Assert.Empty(from source in sources
                     where !_without.Any(folder => source.Path.StartsWith($"CxrAnnotate/{folder}", StringComparison.Ordinal))
                     from place in Uncoded(source.Code)
                     select $"{source.Path}: {place}");
    }

    [Theory]
    [InlineData("throw new InvalidDataException(\"it is broken\");", false)]
    [InlineData("throw new InvalidDataException($\"'{path}' is broken (ErrorCode.NotText.Message)\", e);", false)]
    [InlineData("throw new InvalidDataException(problem);", false)]
    [InlineData("throw new ArgumentException(\"It is broken.\", nameof(text));", false)]
    [InlineData("throw new InvalidDataException(ErrorCode.NotText.Message($\"'{path}' is broken\"), e);", true)]
    [InlineData("throw new ArgumentOutOfRangeException(nameof(A), A, ErrorCode.NotText.Message(\"A must be 1.\"));", true)]
    [InlineData("throw new ArgumentOutOfRangeException(nameof(slot));", true)]
    [InlineData("throw new NotSupportedException();", true)]
    [InlineData("throw new NativeRuntimeException(failure.Message, failure);", true)]
    [InlineData("throw new(\"It is broken.\");", false)]
    public void A_message_without_a_code_is_found(string code, bool fine) => Assert.Equal(fine, !Uncoded(code).Any());

    [Fact]
    public void No_two_causes_have_one_number()
    {
        ErrorCode[] codes = Enum.GetValues<ErrorCode>();
        Assert.Equal(codes.Length, Enum.GetNames<ErrorCode>().Length);
        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.All(codes, code => Assert.InRange((int)code, 1000, 9999));
    }

    private static IEnumerable<string> Uncoded(string code) =>
        Thrown().Matches(code).Select(match => code.AsSpan(match.Index, Math.Min(120, code.Length - match.Index)).ToString())
            .Where(text => !WithCode().IsMatch(text) && !WithoutMessage().IsMatch(text));

    private static IEnumerable<(string Path, string Code)> Sources()
    {
        string root = Path.Combine(TestData.RepositoryRoot, "src");
        Assert.SkipUnless(Directory.Exists(root), "The repository's source files are not beside the tests.");
        return from path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
               let relative = Path.GetRelativePath(root, path).Replace('\\', '/')
               where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
               select (relative, string.Join('\n', File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))));
    }

    [GeneratedRegex(@"new \w*Exception\(|throw new\(")]
    private static partial Regex Thrown();

    /// <summary>A code before the first text of the arguments.</summary>
    [GeneratedRegex("""^new \w*Exception\([^";]*\bErrorCode\.\w+\.Message\(""")]
    private static partial Regex WithCode();

    /// <summary>No message, one that .NET words, or the message of another exception.</summary>
    [GeneratedRegex(@"^new \w*Exception\((?:\)|nameof\([\w.]+\)\)|(?<e>\w+)\.Message, \k<e>\))")]
    private static partial Regex WithoutMessage();
}
