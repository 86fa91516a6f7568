namespace CxrAnnotate.Tests;

/// <summary>
/// The parts of an image that determine whether it looks inverted: the upper halves of margins of 3/32 of the width, and the middle (rows from 1/4 to
/// 7/8, columns from 13/32 to 19/32).
/// </summary>
public sealed class InvertedImageTests
{
    private const int Side = 64;

    [Theory]
    // Margins of 6 columns.
    [InlineData(0, 6, 0, 32, true)]
    [InlineData(58, 64, 0, 32, true)]
    [InlineData(6, 26, 0, 64, false)]
    [InlineData(38, 58, 0, 64, false)]
    // The lower halves of the margins are ignored.
    [InlineData(0, 6, 32, 64, false)]
    [InlineData(58, 64, 32, 64, false)]
    public void Only_bright_upper_margins_make_an_image_look_inverted(int left, int right, int top, int bottom, bool inverted)
    {
        float[] image = Grey(0.5f);
        Fill(image, 26, 38, 16, 56, 0.51f);
        Assert.False(Look(image));
        Fill(image, left, right, top, bottom, 1);
        Assert.Equal(inverted, Look(image));
    }

    [Theory]
    [InlineData(26, 38, 16, 56, false)]
    [InlineData(26, 27, 16, 56, false)]
    [InlineData(37, 38, 16, 56, false)]
    [InlineData(26, 38, 16, 17, false)]
    [InlineData(26, 38, 55, 56, false)]
    [InlineData(20, 26, 0, 64, true)]
    [InlineData(38, 44, 0, 64, true)]
    [InlineData(20, 44, 0, 16, true)]
    [InlineData(20, 44, 56, 64, true)]
    public void A_bright_region_of_heart_and_spine_counts_against_it(int left, int right, int top, int bottom, bool inverted)
    {
        float[] image = Grey(0.5f);
        Fill(image, 0, 6, 0, 32, 0.505f);
        Fill(image, 58, 64, 0, 32, 0.505f);
        Assert.True(Look(image));
        Fill(image, left, right, top, bottom, 1);
        Assert.Equal(inverted, Look(image));
    }

    [Fact]
    public void Margins_count_by_their_mean_with_equal_sides()
    {
        float[] image = Grey(0.5f);
        // The mean of 0.9 and 0.2 is 0.55, that of 0.9 and 0.08 is 0.49.
        Fill(image, 0, 6, 0, 32, 0.9f);
        Fill(image, 58, 64, 0, 32, 0.2f);
        Assert.True(Look(image));
        Fill(image, 58, 64, 0, 32, 0.08f);
        Assert.False(Look(image));
    }

    private static bool Look(float[] image) => GreyStatistics.Of(image, Side).LooksInverted;

    private static float[] Grey(float value)
    {
        float[] image = new float[Side * Side];
        Array.Fill(image, value);
        return image;
    }

    private static void Fill(float[] image, int left, int right, int top, int bottom, float value)
    {
        for (int y = top; y < bottom; y++)
            image.AsSpan((y * Side) + left, right - left).Fill(value);
    }
}
