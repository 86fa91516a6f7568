namespace CxrAnnotate.Tests;

public sealed class BaseLabelsTests
{
    [Fact]
    public void The_part_of_a_present_label_is_unknown_only_if_the_label_is_split()
    {
        // The first base label is whole, the second has two parts.
        int[] baseIndices = [0, 1, 1];
        Assert.Equal([1, 0, 1], BaseLabels.Unfold(baseIndices, [1, 1], [-1, 2]));
        Assert.Equal([1, float.NaN, float.NaN], BaseLabels.Unfold(baseIndices, [1, 1], [-1, -1]));
        Assert.Equal([0, float.NaN, float.NaN], BaseLabels.Unfold(baseIndices, [0, float.NaN], [-1, -1]));
    }
}
