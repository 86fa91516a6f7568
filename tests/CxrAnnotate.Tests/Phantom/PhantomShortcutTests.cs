namespace CxrAnnotate.Tests;

public sealed class PhantomShortcutTests
{
    private static readonly ChestPhantomOptions _plain = new()
    {
        Size = 64,
        NormalFraction = 0.5,
        Headings = ["Pleural Effusion", "Opacity"],
    };

    [Theory]
    [InlineData(PhantomMark.Drain)]
    [InlineData(PhantomMark.BurntIn)]
    public void A_mark_goes_along_with_its_finding_and_changes_neither_annotation_nor_other_images(PhantomMark mark)
    {
        ChestPhantom plain = new(_plain),
            marked = new(_plain with { Shortcut = new PhantomShortcut { Mark = mark, WithFinding = 0.75, WithoutFinding = 0.25 } });
        int with = 0,
            without = 0,
            effusions = 0;
        const int Studies = 400;
        for (int i = 0; i < Studies; i++)
        {
            Assert.Equal(plain.Annotation(i), marked.Annotation(i));
            bool isEffusion = plain.Annotation(i).Contains("Effusion", StringComparison.Ordinal);
            effusions += isEffusion ? 1 : 0;
            with += isEffusion && marked.IsMarked(i) ? 1 : 0;
            without += !isEffusion && marked.IsMarked(i) ? 1 : 0;
            if (i >= 60)
                continue;
            byte[] a = plain.Render(i).Pixels,
                b = marked.Render(i).Pixels;
            Assert.Equal(marked.IsMarked(i), !a.AsSpan().SequenceEqual(b));
            // The mark brightens what it covers; the letters are the only thing in their corner.
            if (marked.IsMarked(i))
                Assert.InRange(a.Zip(b).Count(pair => Math.Abs(pair.First - pair.Second) > 20), 10, 64 * 64 / 8);
        }

        // Each share is within five standard deviations of its probability.
        Assert.InRange(with / (double)effusions, 0.75 - (5 * Math.Sqrt(0.19 / effusions)), 0.75 + (5 * Math.Sqrt(0.19 / effusions)));
        Assert.InRange(without / (double)(Studies - effusions), 0.25 - (5 * Math.Sqrt(0.19 / 200)), 0.25 + (5 * Math.Sqrt(0.19 / 200)));
        Assert.False(plain.IsMarked(0));
    }

    [Fact]
    public void Values_out_of_range_are_refused_by_name()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Heading", () => new ChestPhantom(_plain with { Shortcut = new() { Heading = "Broken Heart" } }));
        Assert.Throws<ArgumentOutOfRangeException>("Mark", () => new ChestPhantom(_plain with { Shortcut = new() { Mark = (PhantomMark)7 } }));
        Assert.Throws<ArgumentOutOfRangeException>("WithFinding", () => new ChestPhantom(_plain with { Shortcut = new() { WithFinding = 1.5 } }));
        Assert.Throws<ArgumentOutOfRangeException>(
            "WithoutFinding",
            () => new ChestPhantom(_plain with { Shortcut = new() { WithoutFinding = double.NaN } })
        );
    }
}
