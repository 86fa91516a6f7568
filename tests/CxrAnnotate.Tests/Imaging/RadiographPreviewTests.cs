using NetVips;

namespace CxrAnnotate.Tests;

public sealed class RadiographPreviewTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A white picture of 300 x 100.</summary>
    private string Wide()
    {
        string path = Path.Combine(_folder.Path, "wide.png");
        RadiographWriter.SavePng(path, [.. Enumerable.Repeat((byte)255, 300 * 100)], 300, 100);
        return path;
    }

    [Theory]
    [InlineData(ImageFit.Squeeze, 60, 60, 20)]
    [InlineData(ImageFit.Pad, 60, 60, 60)]
    [InlineData(ImageFit.CentreCrop, 60, 60, 60)]
    [InlineData(ImageFit.Squeeze, 1000, 300, 100)]
    [InlineData(ImageFit.Pad, 1000, 300, 300)]
    public void A_small_preview_shows_what_is_seen_in_its_own_shape_and_is_not_enlarged(ImageFit fit, int size, int width, int height)
    {
        byte[] preview = RadiographPreview.WebP(Wide(), size, fit);
        Assert.True(preview.AsSpan().StartsWith("RIFF"u8));
        using Image image = Image.NewFromBuffer(preview);
        Assert.Equal((width, height), (image.Width, image.Height));
        // Margins are black, the rest is white.
        Assert.Equal(fit == ImageFit.Pad ? 0 : 255, image.Getpoint(width / 2, 0)[0], 4.0);
        Assert.Equal(255, image.Getpoint(width / 2, height / 2)[0], 4.0);
    }

    [Fact]
    public void A_preview_that_cannot_be_made_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => RadiographPreview.WebP(_folder.Write("broken.png", "no picture"), 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => RadiographPreview.WebP(Wide(), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RadiographPreview.WebP(Wide(), 10, quality: 101));
    }
}
