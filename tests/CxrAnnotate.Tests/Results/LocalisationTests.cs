using CxrAnnotate.Results.Explaining;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>What compares heat maps with known places (benchmarks/CxrAnnotate.Results), by hand.</summary>
public sealed class LocalisationTests
{
    private static readonly HeatMap _map = new("left", 4, 5, [.. Enumerable.Range(0, 20).Select(i => i == 7 ? 1f : i is 8 or 12 ? 0.5f : 0)]);

    /// <summary>The right half of an image.</summary>
    private static readonly Truth _right = new("left", "side", 100, Truth.Where(100, (x, _) => x >= 0.5));

    [Fact]
    public void The_peak_is_the_middle_of_the_warmest_cells_and_a_map_of_zeros_has_none()
    {
        Assert.Equal((1.5 / 4, 2.5 / 5), Localisation.Peak(_map));
        Assert.Equal((0.5, 0.5), Localisation.Peak(new HeatMap("left", 2, 2, [1, 1, 1, 1])));
        Assert.Null(Localisation.Peak(new HeatMap("left", 2, 2, [0, 0, 0, 0])));
    }

    [Fact]
    public void A_peak_hits_what_lies_within_half_a_cell()
    {
        Assert.True(Localisation.Hits(_right, (0.5, 0.42), 4, 5));
        Assert.False(Localisation.Hits(_right, (0.5, 0.38), 4, 5));
        Assert.False(Localisation.Hits(_right, null, 4, 5));
        Assert.Equal(0.5, _right.Area);
    }

    [Fact]
    public void The_warmest_tenth_has_no_cells_of_zero()
    {
        Assert.Equal([7, 8], Cells(Localisation.Warmest(_map)));
        Assert.Equal([3], Cells(Localisation.Warmest(new HeatMap("left", 4, 5, [.. Enumerable.Range(0, 20).Select(i => i == 3 ? 1f : 0)]))));
        Assert.Equal([7, 8, 12], Cells(Localisation.HalfWarm(_map)));
    }

    [Fact]
    public void The_controls_take_as_many_cells()
    {
        Assert.Equal(14, Localisation.Central(12, 12).Count(chosen => chosen));
        Assert.True(Localisation.Central(12, 12)[(6 * 12) + 6]);
        Assert.False(Localisation.Central(12, 12)[0]);
        Assert.Equal(14, Localisation.Random(144, new Random(1)).Count(chosen => chosen));
    }

    [Fact]
    public void An_overlap_is_the_intersection_over_the_union()
    {
        bool[] cells = [.. Enumerable.Range(0, 16).Select(cell => cell is 1 or 2)];
        // Two of sixteen cells, one of them in the right half: 1 / (8 + 1).
        Assert.Equal(1 / 9.0, Localisation.Overlap(_right, cells, 4, 4), 1e-9);
        Assert.Equal(0, Localisation.Overlap(_right, new bool[16], 4, 4));
    }

    [Fact]
    public void Phantoms_have_the_words_of_their_findings_as_truths()
    {
        using var folder = new ScratchFolder();
        LocatedImage[] images = [.. LocatedSets.Phantoms(folder.Path, new ChestPhantomOptions { Studies = 20, Size = 64 })];
        Assert.Equal(20, images.Length);
        Assert.All(
            images,
            image =>
            {
                Assert.True(File.Exists(image.Path));
                Truth finding = image.Truths.First(truth => truth.Kind == Truth.Finding);
                Assert.All(image.Truths, truth => Assert.Equal(finding.Mask, truth.Mask));
            }
        );
        Assert.Contains(images.SelectMany(image => image.Truths), truth => truth is { Kind: "side", Subject: "left" });
    }

    [Theory]
    [InlineData("nih")]
    [InlineData("nodules")]
    [InlineData("zones")]
    public void Sets_with_known_places_are_read(string set)
    {
        string folder = TestData.Require(set == "nih" ? "nih" : "context");
        var context = new MLContext();
        LocatedImage[] images =
        [
            .. set switch
            {
                "nih" => LocatedSets.Nih(context, folder, "val"),
                "nodules" => LocatedSets.Nodules(context, folder, "val"),
                _ => LocatedSets.BrixiaZones(context, folder, "val"),
            },
        ];
        Assert.NotEmpty(images);
        Assert.All(images, image => Assert.InRange(Assert.Single(image.Truths).Area, 0.0005, 0.9));
    }

    private static int[] Cells(bool[] chosen) => [.. Enumerable.Range(0, chosen.Length).Where(cell => chosen[cell])];
}
