using System.Text.RegularExpressions;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class HtmlGalleryTests
{
    private static readonly GalleryImage Pixel = GalleryImage.Embedded([1, 2, 3]);

    private static readonly GalleryCase Right = new(
        "a.png",
        Pixel,
        "Nodule/lung/left",
        0.5,
        "Nodule/lung/left",
        [new("finding", "Nodule", "nodule"), new("side", "left", "left"), new("severity", null, "")]
    );

    private static readonly GalleryCase Partly = new(
        "b.png",
        Pixel,
        "Nodule/lung/left",
        null,
        "Nodule/lung/right|Opacity",
        [new("finding", "Nodule", "Nodule"), new("side", "left", "right"), new("severity", null, "mild")]
    );

    private static readonly GalleryCase Wrong = new(
        "c <b>.png",
        Pixel,
        "Nodule",
        1,
        "normal",
        [new("finding", "Nodule", "normal"), new("side", "left", null)]
    );

    private static string Render(params GalleryCase[] cases)
    {
        using StringWriter html = new();
        HtmlGallery.Render(html, new GalleryPage("Title & more", "Lead", [FakeRuns.Results], cases, ["A note"]), "/");
        return html.ToString();
    }

    [Fact]
    public void Parts_are_right_wrong_missed_or_extra()
    {
        Assert.Equal([SlotVerdict.Right, SlotVerdict.Right, SlotVerdict.Absent], Right.Slots.Select(slot => slot.Verdict));
        Assert.Equal([SlotVerdict.Right, SlotVerdict.Wrong, SlotVerdict.Missed], Partly.Slots.Select(slot => slot.Verdict));
        Assert.Equal([SlotVerdict.Wrong, SlotVerdict.Extra], Wrong.Slots.Select(slot => slot.Verdict));
        Assert.Equal([CaseVerdict.Right, CaseVerdict.Partly, CaseVerdict.Wrong], new[] { Right, Partly, Wrong }.Select(one => one.Verdict));
        Assert.Equal([false, false, true], new[] { Right, Partly, Wrong }.Select(one => one.IsNormal));
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere_and_runs_no_script()
    {
        string html = Render(Right, Partly, Wrong);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_are_escaped()
    {
        string html = Render(Wrong with { Predicted = "<script>alert(1)</script>", Slots = [new("finding", "<img>", "\"x\"")] });
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;img&gt;", html, StringComparison.Ordinal);
        Assert.Contains("c &lt;b&gt;.png", html, StringComparison.Ordinal);
        Assert.Contains("<title>Title &amp; more</title>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_say_how_many_images_they_show()
    {
        string html = Render(Right, Right, Partly, Wrong);
        MatchCollection counts = Regex.Matches(html, "id=\"show-(\\w+)\".*?<b>(\\d+)</b>");
        Assert.Equal(["all 4", "abnormal 3", "right 2", "partly 1", "wrong 1"], counts.Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}"));
        foreach (string shown in (string[])["right", "partly", "wrong"])
            Assert.Equal(
                int.Parse(counts.Single(m => m.Groups[1].Value == shown).Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture),
                Regex.Count(html, $"<article class=\"case {shown}")
            );
    }

    [Fact]
    public void The_best_of_the_models_is_marked_and_a_baseline_never()
    {
        Assert.Equal([1, 0], FakeRuns.Results.Rows.Select(row => row.Best(FakeRuns.Results.Columns)));
        string html = Render();
        Assert.Contains("<td class=\"best\" style=\"--part:75.0\"><span>75.0</span><small>70.0 to 80.0</small></td>", html, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(html, "<td class=\"best\""));
    }

    [Fact]
    public void Files_are_linked_relative_to_the_page()
    {
        string folder = Path.Combine(Path.GetTempPath(), "page");
        Assert.Equal("images/a%20%231.png", GalleryImage.Linked(Path.Combine(folder, "images", "a #1.png")).Address(folder));
        Assert.Equal("../a.png", GalleryImage.Linked(Path.Combine(folder, "..", "a.png")).Address(folder));
        Assert.Equal("data:image/png;base64,AQID", Pixel.Address(folder));
    }
}
