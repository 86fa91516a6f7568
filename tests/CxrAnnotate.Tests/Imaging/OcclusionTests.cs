using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class OcclusionTests
{
    private static readonly Gen<(int Height, int Width, int Rows, int Columns, float[] Pixels)> _images =
        from size in Gen.Select(Gen.Int[8, 40], Gen.Int[8, 40])
        from grid in Gen.Select(Gen.Int[2, 8], Gen.Int[2, 8])
        from pixels in Gen.Float[0, 1].Array[size.Item1 * size.Item2]
        select (size.Item1, size.Item2, grid.Item1, grid.Item2, pixels);

    [Fact]
    public void A_cell_is_replaced_by_the_mean_around_it_and_what_lies_farther_than_half_a_cell_beside_it_stays() =>
        _images.Sample(
            p =>
            {
                var occlusion = new Occlusion(p.Pixels, p.Height, p.Width, p.Rows, p.Columns);
                float[] changed = new float[p.Pixels.Length];
                for (int cell = 0; cell < occlusion.Count; cell++)
                {
                    occlusion.Copy(cell, changed);
                    for (int y = 0; y < p.Height; y++)
                    {
                        double down = Math.Abs(((y + 0.5) * p.Rows / p.Height) - (cell / p.Columns) - 0.5);
                        for (int x = 0; x < p.Width; x++)
                        {
                            double across = Math.Abs(((x + 0.5) * p.Columns / p.Width) - (cell % p.Columns) - 0.5);
                            int at = (y * p.Width) + x;
                            if (down >= 1 || across >= 1)
                                Assert.Equal(p.Pixels[at], changed[at]);
                            else if (down <= 0.5 && across <= 0.5)
                                Assert.Equal(
                                    Around(p.Pixels, p.Height, p.Width, y, x, 2 * p.Height / p.Rows, 2 * p.Width / p.Columns),
                                    changed[at],
                                    1e-4
                                );
                        }
                    }
                }
            },
            iter: 10
        );

    [Fact]
    public void Several_cells_change_the_image_as_the_nearest_of_them_does_alone() =>
        _images.Sample(
            p =>
            {
                var occlusion = new Occlusion(p.Pixels, p.Height, p.Width, p.Rows, p.Columns);
                int[] chosen = [0, occlusion.Count - 1];
                bool[] cells = new bool[occlusion.Count];
                float[][] alone = [new float[p.Pixels.Length], new float[p.Pixels.Length]];
                for (int i = 0; i < chosen.Length; i++)
                {
                    cells[chosen[i]] = true;
                    occlusion.Copy(chosen[i], alone[i]);
                }

                float[] together = new float[p.Pixels.Length];
                occlusion.Copy(cells, together);
                for (int at = 0; at < together.Length; at++)
                {
                    float[] changes = [alone[0][at] - p.Pixels[at], alone[1][at] - p.Pixels[at]];
                    Assert.Equal(changes.MaxBy(Math.Abs), together[at] - p.Pixels[at], 1e-6f);
                }
            },
            iter: 20
        );

    [Fact]
    public void An_even_image_stays_as_it_is()
    {
        float[] grey = [.. Enumerable.Repeat(0.4f, 30 * 20)],
            changed = new float[grey.Length];
        var occlusion = new Occlusion(grey, 30, 20, 5, 4);
        for (int cell = 0; cell < occlusion.Count; cell++)
        {
            occlusion.Copy(cell, changed);
            Assert.All(changed, value => Assert.Equal(0.4f, value, 1e-6f));
        }
    }

    private static float Around(float[] pixels, int height, int width, int y, int x, int reachDown, int reachAcross)
    {
        double sum = 0;
        int count = 0;
        for (int i = Math.Max(y - reachDown, 0); i <= Math.Min(y + reachDown, height - 1); i++)
        {
            for (int j = Math.Max(x - reachAcross, 0); j <= Math.Min(x + reachAcross, width - 1); j++, count++)
                sum += pixels[(i * width) + j];
        }

        return (float)(sum / count);
    }
}
