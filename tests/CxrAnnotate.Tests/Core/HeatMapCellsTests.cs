namespace CxrAnnotate.Tests;

public sealed class HeatMapCellsTests
{
    [Fact]
    public void A_map_is_a_share_of_the_largest_contribution_and_what_speaks_against_the_subject_is_0()
    {
        HeatMap map = HeatMapCells.Map("left", 2, 3, [-4, 0, 1, 2, double.NaN, 0.5]);
        Assert.Equal(("left", 2, 3), (map.Subject, map.Rows, map.Columns));
        Assert.Equal([0, 0, 0.5f, 1, 0, 0.25f], map.Values);
    }

    [Fact]
    public void Without_a_contribution_a_map_is_0()
    {
        Assert.All(HeatMapCells.Map("left", 1, 2, [-1, 0]).Values, value => Assert.Equal(0, value));
        Assert.All(HeatMapCells.Map("left", 1, 2, [1e-6, 0]).Values, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 2.1972246)]
    [InlineData(1, 13.815509)]
    [InlineData(0, -13.815510)]
    public void Log_odds_are_finite_also_of_certainty(double probability, double expected) =>
        Assert.Equal(expected, HeatMapCells.LogOdds(probability), 1e-5);

    /// <summary>A plane is what linear interpolation reproduces, between the centres of the outer cells.</summary>
    [Fact]
    public void A_grid_over_a_part_of_the_image_is_interpolated_there_and_0_elsewhere()
    {
        const int Rows = 4,
            Columns = 5;
        double[] plane = [.. Enumerable.Range(0, Rows * Columns).Select(i => 1.0 + (i / Columns) + (0.1 * (i % Columns)))];
        double[] placed = HeatMapCells.Place(plane, Rows, Columns, (0.25, 0.125, 0.5, 0.75), 16, 16);
        for (int row = 0; row < 16; row++)
        {
            for (int column = 0; column < 16; column++)
            {
                double y = (((row + 0.5) / 16) - 0.25) / 0.5,
                    x = (((column + 0.5) / 16) - 0.125) / 0.75;
                double expected =
                    y is < 0 or > 1 || x is < 0 or > 1
                        ? 0
                        : 1 + Math.Clamp((y * Rows) - 0.5, 0, Rows - 1) + (0.1 * Math.Clamp((x * Columns) - 0.5, 0, Columns - 1));
                Assert.Equal(expected, placed[(row * 16) + column], 1e-9);
            }
        }
    }

    [Fact]
    public void A_grid_of_one_cell_has_its_value_everywhere() =>
        Assert.All(HeatMapCells.Place([3], 1, 1, (0, 0, 1, 1), 4, 4), value => Assert.Equal(3, value));
}
