namespace CxrAnnotate.Tests;

public sealed class PluralTests
{
    [Theory]
    [InlineData(0, "0 rows are")]
    [InlineData(1, "1 row is")]
    [InlineData(2, "2 rows are")]
    [InlineData(12345, "12,345 rows are")]
    public void One_is_singular(long count, string told) => Assert.Equal(told, Plural.Of(count, "row is", "rows are"));
}
