using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ResamplerTests
{
    private static readonly Gen<(int Width, int Height, float[] Pixels, int NewWidth, int NewHeight)> _pictures =
        from size in Gen.Select(Gen.Int[1, 150], Gen.Int[1, 150])
        from pixels in Gen.Float[0, 1].Array[size.Item1 * size.Item2]
        from newSize in Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40])
        select (size.Item1, size.Item2, pixels, newSize.Item1, newSize.Item2);

    [Fact]
    public void Every_result_pixel_is_the_triangle_weighted_mean_of_the_source() =>
        _pictures.Sample(
            p =>
            {
                float[] result = Resample(p.Pixels, p.Width, p.Height, p.NewWidth, p.NewHeight);
                for (int y = 0; y < p.NewHeight; y++)
                {
                    for (int x = 0; x < p.NewWidth; x++)
                        Assert.Equal(
                            Direct(
                                p.Pixels,
                                p.Width,
                                p.Height,
                                (x + 0.5) * p.Width / p.NewWidth,
                                (y + 0.5) * p.Height / p.NewHeight,
                                (double)p.Width / p.NewWidth,
                                (double)p.Height / p.NewHeight
                            ),
                            result[(y * p.NewWidth) + x],
                            1e-5
                        );
                }
            },
            iter: 40
        );

    [Fact]
    public void The_same_size_leaves_every_pixel_unchanged() =>
        _pictures.Sample(p => Assert.Equal(p.Pixels, Resample(p.Pixels, p.Width, p.Height, p.Width, p.Height)), iter: 30);

    [Fact]
    public void A_constant_picture_stays_constant_for_all_sizes_and_fits() =>
        Gen.Select(
                Gen.Int[1, 300],
                Gen.Int[1, 300],
                Gen.Int[1, 70],
                Gen.Int[1, 70],
                Gen.Float[0, 1],
                Gen.OneOf(ImageFit.Squeeze, ImageFit.CentreCrop)
            )
            .Sample(
                (width, height, newWidth, newHeight, value, fit) =>
                {
                    float[] pixels = new float[width * height];
                    Array.Fill(pixels, value);
                    Assert.All(Resample(pixels, width, height, newWidth, newHeight, fit), pixel => Assert.Equal(value, pixel, 1e-5f));
                },
                iter: 60
            );

    [Fact]
    public void Mirroring_before_and_after_is_the_same() =>
        _pictures.Sample(
            p =>
            {
                float[] before = Resample(Mirror(p.Pixels, p.Width), p.Width, p.Height, p.NewWidth, p.NewHeight);
                float[] after = Mirror(Resample(p.Pixels, p.Width, p.Height, p.NewWidth, p.NewHeight), p.NewWidth);
                for (int i = 0; i < before.Length; i++)
                    Assert.Equal(after[i], before[i], 1e-5f);
            },
            iter: 40
        );

    [Fact]
    public void Padding_keeps_the_aspect_ratio_and_centres_the_picture_on_black() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[1, 2000], Gen.Int[1, 64], Gen.Int[1, 64])
            .Sample(
                (width, height, newWidth, newHeight) =>
                {
                    var geometry = ImageGeometry.Of(width, height, new RadiographFormat(newHeight, newWidth, ImageFit.Pad));
                    Assert.True(geometry.Width == newWidth || geometry.Height == newHeight);
                    double scale = Math.Min((double)newWidth / width, (double)newHeight / height);
                    Assert.Equal(Math.Max(scale * width, 1), geometry.Width, 0.5 + 1e-9);
                    Assert.Equal(Math.Max(scale * height, 1), geometry.Height, 0.5 + 1e-9);
                    Assert.InRange(newWidth - geometry.Width - (2 * geometry.X), 0, 1);
                    Assert.InRange(newHeight - geometry.Height - (2 * geometry.Y), 0, 1);
                }
            );

    [Fact]
    public void Padding_of_a_white_picture_is_white_inside_and_black_outside()
    {
        float[] white = [.. Enumerable.Repeat(1f, 20 * 10)];
        float[] result = Resample(white, 20, 10, 8, 8, ImageFit.Pad);
        for (int y = 0; y < 8; y++)
            Assert.All(result[(y * 8)..((y * 8) + 8)], pixel => Assert.Equal(y is >= 2 and < 6 ? 1f : 0f, pixel, 1e-6f));
    }

    [Fact]
    public void A_centre_crop_keeps_the_aspect_ratio_and_is_centred() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[1, 2000], Gen.Int[1, 64], Gen.Int[1, 64])
            .Sample(
                (width, height, newWidth, newHeight) =>
                {
                    var geometry = ImageGeometry.Of(width, height, new RadiographFormat(newHeight, newWidth, ImageFit.CentreCrop));
                    Assert.Equal((double)newWidth / newHeight, geometry.SourceWidth / geometry.SourceHeight, 1e-9 * newWidth);
                    Assert.True(geometry.SourceWidth > width - 1e-6 || geometry.SourceHeight > height - 1e-6);
                    Assert.Equal(width / 2.0, geometry.SourceX + (geometry.SourceWidth / 2), 1e-6);
                    Assert.Equal(height / 2.0, geometry.SourceY + (geometry.SourceHeight / 2), 1e-6);
                }
            );

    [Fact]
    public void A_centre_crop_drops_what_is_outside()
    {
        // Three columns of blocks, 0, 0.5, 1: the middle one remains.
        float[] pixels = [.. Enumerable.Range(0, 30 * 10).Select(i => i % 30 / 10 / 2f)];
        Assert.All(Resample(pixels, 30, 10, 10, 10, ImageFit.CentreCrop), pixel => Assert.Equal(0.5f, pixel, 1e-6f));
    }

    private static float[] Resample(float[] pixels, int width, int height, int newWidth, int newHeight, ImageFit fit = ImageFit.Squeeze)
    {
        float[] result = new float[newWidth * newHeight];
        Resampler.Resample(
            new Rows(pixels, width, height),
            ImageGeometry.Of(width, height, new RadiographFormat(newHeight, newWidth, fit)),
            result,
            newWidth
        );
        return result;
    }

    private static float[] Mirror(float[] pixels, int width) => [.. pixels.Chunk(width).SelectMany(row => row.Reverse())];

    private static double Direct(float[] pixels, int width, int height, double centreX, double centreY, double stepX, double stepY)
    {
        double sum = 0;
        double weights = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double weight =
                    Math.Max(0, 1 - (Math.Abs(x + 0.5 - centreX) / Math.Max(stepX, 1)))
                    * Math.Max(0, 1 - (Math.Abs(y + 0.5 - centreY) / Math.Max(stepY, 1)));
                sum += weight * pixels[(y * width) + x];
                weights += weight;
            }
        }

        return sum / weights;
    }

    private sealed class Rows(float[] pixels, int width, int height) : IGreyRows
    {
        public int Width => width;

        public int Height => height;

        public void Read(int first, int count, Span<float> grey) => pixels.AsSpan(first * width, count * width).CopyTo(grey);
    }
}
