using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class CxrErrorTests
{
    private static readonly Gen<ErrorCode> _code = Gen.Enum<ErrorCode>();
    private static readonly Gen<string> _plain = Gen.String[Gen.Char["abc '.:(CXR12"], 0, 30].Where(text => CxrError.CodeFirst(text) == text);

    [Fact]
    public void A_message_splits_into_code_and_text() =>
        Gen.Select(_code, _plain)
            .Sample(
                (code, text) =>
                {
                    string message = code.Message(text);
                    Assert.Equal($"CXR{(int)code}: {text}", message);
                    Assert.Equal($"CXR{(int)code}", CxrError.CodeOf(message));
                    Assert.Equal($"CXR{(int)code}", CxrError.CodeOf(new InvalidDataException(message)));
                    Assert.Equal(text, CxrError.TextOf(message));
                }
            );

    [Fact]
    public void The_inner_code_comes_first_and_once() =>
        Gen.Select(_code, _code, Gen.Int[1, 4])
            .Sample(
                (cause, around, depth) =>
                {
                    string message = cause.Message("it is truncated");
                    for (int i = 0; i < depth; i++)
                        message = around.Message($"'a.png' cannot be read: {message}.");
                    Assert.Equal(
                        $"{cause.Name()}: {string.Concat(Enumerable.Repeat("'a.png' cannot be read: ", depth))}it is "
                            + $"truncated{new string('.', depth)}",
                        message
                    );
                }
            );

    [Fact]
    public void With_several_inner_causes_the_outer_code_is_kept() =>
        Assert.Equal(
            "CXR4104: No checkpoint is usable. 'a' is damaged. 'b' is newer.",
            ErrorCode.NoUsableCheckpoint.Message(
                $"No checkpoint is usable. {ErrorCode.ModelDamaged.Message("'a' is damaged.")} {ErrorCode.ModelTooNew.Message("'b' is newer.")}"
            )
        );

    [Theory]
    [InlineData("'CXR2102: a.png' cannot be read")]
    [InlineData("a/CXR2102: b")]
    [InlineData("the study CXR2102 is missing")]
    [InlineData("CXR0000: a study of Open-i")]
    [InlineData("ACXR2102: b")]
    public void A_name_that_looks_like_a_code_is_not_one(string text)
    {
        Assert.Null(CxrError.CodeOf(text));
        Assert.Equal(text, CxrError.TextOf(text));
        Assert.Equal($"CXR3002: {text}", ErrorCode.NotText.Message(text));
    }

    [Fact]
    public void The_code_of_an_inner_exception_is_found()
    {
        var cause = new InvalidDataException(ErrorCode.ImageDamaged.Message("it is truncated"));
        Assert.Equal("CXR2102", CxrError.CodeOf(new InvalidOperationException("ML.NET says something.", cause)));
        Assert.Equal("CXR2102", CxrError.CodeOf(new AggregateException(new TimeoutException(), cause)));
        Assert.Equal("CXR1002", CxrError.CodeOf(new ArgumentOutOfRangeException("A", 3, ErrorCode.OptionOutOfRange.Message("A must be 1."))));
        Assert.Null(CxrError.CodeOf(new AggregateException(new TimeoutException())));
        Assert.Null(CxrError.CodeOf((string?)null));
    }

    [Fact]
    public void An_exception_without_a_code_has_the_cause_that_its_type_says()
    {
        var full = new IOException("No space left on device", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
        Assert.Equal(ErrorCode.DiskFull, CxrError.CauseOf(full));
        Assert.Equal(ErrorCode.DiskFull, CxrError.CauseOf(new IOException("It is not written.", full)));
        Assert.Equal(ErrorCode.FileAccess, CxrError.CauseOf(new UnauthorizedAccessException()));
        Assert.Equal(ErrorCode.OptionOutOfRange, CxrError.CauseOf(new ArgumentOutOfRangeException()));
        Assert.Equal(ErrorCode.Unexpected, CxrError.CauseOf(new InvalidOperationException()));
        Assert.Equal(ErrorCode.NotText, CxrError.CauseOf(new IOException("a", new IOException(ErrorCode.NotText.Message("it is no text")))));
    }
}
