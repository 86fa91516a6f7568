using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class PythonListsTests
{
    [Theory]
    [InlineData("[]", "")]
    [InlineData("['a']", "a")]
    [InlineData("['a', 'b c']", "a|b c")]
    [InlineData("['C0018800' 'C2073625'\n 'C1']", "C0018800|C2073625|C1")]
    [InlineData("[\"Kerley's\", 'x']", "Kerley's|x")]
    [InlineData("['a, b', '']", "a, b")]
    [InlineData("[' a ', 'loc b ']", "a|loc b")]
    [InlineData("[['a', 'b'], ['c']]", "a|b|c")]
    public void Lists_as_Python_and_numpy_write_them_are_read(string text, string items)
    {
        Assert.True(PythonLists.TryRead(text, out List<string> read));
        Assert.Equal(items, string.Join('|', read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nan")]
    [InlineData("a")]
    [InlineData("'a'")]
    [InlineData("['a'")]
    [InlineData("['a")]
    [InlineData("['a']]")]
    [InlineData("[None]")]
    public void What_is_not_a_list_is_rejected(string text) => Assert.False(PythonLists.TryRead(text, out _));

    [Fact]
    public void Inner_lists_are_sentences_and_strings_beside_them_are_separate_sentences()
    {
        Assert.True(PythonLists.TryReadNested("[['a', 'loc b'], 'c', [], ['d']]", out List<List<string>> lists));
        Assert.Equal(["a,loc b", "d", "c"], lists.Select(list => string.Join(',', list)));
        Assert.True(PythonLists.TryReadNested("['a', 'loc b']", out lists));
        Assert.Equal(["a,loc b"], lists.Select(list => string.Join(',', list)));
    }

    [Fact]
    public void Lists_written_as_Python_writes_them_are_read_back() =>
        Gen.String[Gen.Char["ab '\"\\,[]é"], 0, 6]
            .Select(text => $"x{text}x")
            .Array[0, 6]
            .Sample(items =>
            {
                string text = $"[{string.Join(", ", items.Select(Represented))}]";
                Assert.True(PythonLists.TryRead(text, out List<string> read), text);
                Assert.Equal(items, read);
            });

    [Fact]
    public void No_text_causes_an_exception() =>
        Gen.String[Gen.Char["[]'\",\\a "], 0, 12]
            .Sample(text =>
            {
                PythonLists.TryRead(text, out List<string> flat);
                PythonLists.TryReadNested(text, out List<List<string>> nested);
                Assert.Equal(flat.Count, nested.Sum(list => list.Count));
            });

    /// <summary>As Python's repr: single quotation marks, unless the text has only those.</summary>
    private static string Represented(string text)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal);
        return text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal)
            ? $"\"{escaped}\""
            : $"'{escaped.Replace("'", "\\'", StringComparison.Ordinal)}'";
    }
}
