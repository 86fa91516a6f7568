using CsCheck;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>The statistics of training images that a model stores, and its warnings.</summary>
public sealed class TrainedImagesTests
{
    private const int Side = 64;

    private static readonly Gen<GreyStatistics> _image =
        from mean in Gen.Double[0, 1]
        from deviation in Gen.Double[0, 0.5]
        from inverted in Gen.Bool
        select new GreyStatistics(mean, deviation, inverted);

    [Fact]
    public void Hardly_any_training_image_is_unusual() =>
        _image
            .List[TrainedImages.FewestForRange, 600]
            .Sample(
                images =>
                {
                    var trained = TrainedImages.Of(images, null);
                    // For each of two measures, one in 200 at each end, and the interpolated one.
                    Assert.InRange(images.Count(i => Warns(trained, i, InputWarningKind.UnusualRange)), 0, 4 * ((images.Count / 200) + 1));
                },
                iter: 200
            );

    [Fact]
    public void A_few_images_define_no_range() =>
        _image
            .List[1, TrainedImages.FewestForRange - 1]
            .Sample(
                images =>
                    Assert.DoesNotContain(
                        TrainedImages.Of(images, null).Compare(new GreyStatistics(0, 0, false), ""),
                        w => w.Kind == InputWarningKind.UnusualRange
                    ),
                iter: 100
            );

    [Fact]
    public void The_statistics_match_their_definition() =>
        Gen.Int[1, 40]
            .SelectMany(Gen.Int[1, 40], (w, h) => Gen.Select(Gen.Const(w), Gen.Float[0, 1].Array[w * h]))
            .Sample(
                (width, pixels) =>
                {
                    GreyStatistics statistics = GreyStatistics.Of(pixels, width);
                    double mean = pixels.Average(p => (double)p);
                    Assert.Equal(mean, statistics.Mean, 1e-9);
                    Assert.Equal(Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean))), statistics.Deviation, 1e-6);
                }
            );

    [Fact]
    public void Black_margins_are_not_part_of_the_radiograph() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3])
            .Select(Gen.Int[1, 6], Gen.Int[1, 6])
            .Sample(
                (margins, width, height) =>
                {
                    var (left, top, right, bottom) = margins;
                    int stride = left + width + right;
                    float[] pixels = new float[stride * (top + height + bottom)];
                    for (int y = 0; y < height; y++)
                        pixels.AsSpan(((top + y) * stride) + left, width).Fill(0.5f);
                    Assert.Equal(new GreyRegion(stride, left, top, width, height), GreyRegion.WithinBlackMargins(pixels, stride));
                }
            );

    [Fact]
    public void A_black_image_is_empty_and_does_not_look_inverted()
    {
        Assert.Equal(0, GreyRegion.WithinBlackMargins(new float[12], 4).Height);
        Assert.False(GreyStatistics.Of(new float[12], 4).LooksInverted);
    }

    [Fact]
    public void Phantoms_are_distinguished_from_inverted_dark_and_flat_copies()
    {
        float[][] images = Phantoms(0, 80);
        var trained = TrainedImages.Of([.. images.Select(Look)], null);
        float[][] others = Phantoms(80, 40);
        Assert.InRange(others.Count(i => trained.Compare(Look(i), "").Count > 0), 0, 2);
        Assert.All(others, i => Assert.True(Warns(trained, Look(Map(i, v => 1 - v)), InputWarningKind.LooksInverted)));
        Assert.All(others, i => Assert.True(Warns(trained, Look(Map(i, v => v / 16)), InputWarningKind.UnusualRange)));
        Assert.All(others, i => Assert.True(Warns(trained, Look(Map(i, v => 0.5f + ((v - 0.5f) / 8))), InputWarningKind.UnusualRange)));
        Assert.True(Warns(trained, Look(new float[Side * Side]), InputWarningKind.UnusualRange));
        Assert.True(Warns(trained, Look(Map(others[0], _ => 1f)), InputWarningKind.UnusualRange));
    }

    [Fact]
    public void A_model_of_inverted_images_warns_of_others_and_a_model_of_both_of_none()
    {
        float[][] images = Phantoms(0, 60),
            inverted = [.. images.Select(i => Map(i, v => 1 - v))];
        var ofInverted = TrainedImages.Of([.. inverted.Select(Look)], null);
        var ofBoth = TrainedImages.Of([.. images[..30].Concat(inverted[30..]).Select(Look)], null);
        Assert.All(
            Phantoms(60, 20),
            image =>
            {
                float[] turned = Map(image, v => 1 - v);
                Assert.True(Warns(ofInverted, Look(image), InputWarningKind.LooksInverted));
                Assert.False(Warns(ofInverted, Look(turned), InputWarningKind.LooksInverted));
                Assert.False(Warns(ofBoth, Look(image), InputWarningKind.LooksInverted));
                Assert.False(Warns(ofBoth, Look(turned), InputWarningKind.LooksInverted));
            }
        );
    }

    [Fact]
    public void Padding_does_not_hide_that_an_image_is_inverted()
    {
        var trained = TrainedImages.Of([.. Phantoms(0, 60).Select(Look)], null);
        Assert.All(
            Phantoms(60, 20),
            image =>
            {
                float[] padded = new float[Side * Side * 2];
                for (int y = 0; y < Side; y++)
                {
                    for (int x = 0; x < Side; x++)
                        padded[(y * Side * 2) + (Side / 2) + x] = 1 - image[(y * Side) + x];
                }

                Assert.Contains(trained.Compare(GreyStatistics.Of(padded, Side * 2), ""), w => w.Kind == InputWarningKind.LooksInverted);
            }
        );
    }

    [Theory]
    [InlineData("PA|AP|FRONTAL", "LL", true)]
    [InlineData("Frontal|frontal", "Lateral", true)]
    [InlineData("PA|PA", "RL", true)]
    [InlineData("PA|PA", "AP", false)]
    [InlineData("PA|PA", "", false)]
    [InlineData("PA|PA", "oblique", false)]
    [InlineData("PA|LL", "LL", false)]
    [InlineData("|", "LL", false)]
    public void A_model_of_frontal_views_warns_of_a_lateral_one(string trainedOn, string view, bool warned)
    {
        string[] views = trainedOn.Split('|');
        var trained = TrainedImages.Of([.. views.Select(_ => new GreyStatistics(0.5, 0.2, false))], views);
        Assert.Equal(warned, Warns(trained, new GreyStatistics(0.5, 0.2, false), InputWarningKind.LateralView, view));
    }

    [Fact]
    public void Few_unseen_real_radiographs_and_all_spoiled_ones_cause_warnings()
    {
        // The sides of the split share no patient. The bounds leave room for other decoders, not for another rule: docs/inputs.md has what was
        // measured.
        foreach (string collection in (string[])["nih", "context"])
        {
            string table = TestData.Require($"{collection}/annotations.csv");
            var context = new MLContext(seed: 1);
            var rows = context.ChestXray().Data.LoadCsv(table);
            RadiographRecord[] records =
            [
                .. context.Data.CreateEnumerable<RadiographRecord>(rows, reuseRowObject: false, ignoreMissingColumns: true),
            ];
            var trained = TrainedImages.Of([.. Read(records.Where(r => r.Split == "train"))], null);
            float[][] held = [.. ReadPixels(records.Where(r => r.Split != "train"))];
            Assert.InRange(held.Length, 60, 200);
            Assert.InRange(held.Count(i => trained.Compare(GreyStatistics.Of(i, 256), "").Count > 0) / (double)held.Length, 0, 0.04);
            Assert.InRange(Share(held, v => 1 - v, InputWarningKind.LooksInverted), 0.96, 1);
            Assert.InRange(Share(held, v => v / 16, InputWarningKind.UnusualRange), 0.99, 1);
            Assert.InRange(Share(held, v => v / 4, InputWarningKind.UnusualRange), 0.99, 1);
            Assert.InRange(Share(held, v => 0.5f + (v / 32), InputWarningKind.UnusualRange), 0.99, 1);

            double Share(float[][] images, Func<float, float> wrong, InputWarningKind kind) =>
                images.Count(i => trained.Compare(GreyStatistics.Of(Map(i, wrong), 256), "").Any(w => w.Kind == kind)) / (double)images.Length;
        }
    }

    private static IEnumerable<GreyStatistics> Read(IEnumerable<RadiographRecord> records) =>
        ReadPixels(records).Select(i => GreyStatistics.Of(i, 256));

    private static IEnumerable<float[]> ReadPixels(IEnumerable<RadiographRecord> records) =>
        RadiographFiles
            .LoadAll([.. records.Select(r => r.ImagePath)], new RadiographFormat(256, 256))
            .Where(i => i.Pixels is not null)
            .Select(i => i.Pixels!);

    private static float[][] Phantoms(int first, int count)
    {
        var phantom = new ChestPhantom(
            new ChestPhantomOptions
            {
                Size = Side,
                Seed = 31,
                Studies = first + count,
            }
        );
        return [.. Enumerable.Range(first, count).Select(i => phantom.Render(i).Pixels.Select(p => p / 255f).ToArray())];
    }

    private static GreyStatistics Look(float[] pixels) => GreyStatistics.Of(pixels, Side);

    private static float[] Map(float[] pixels, Func<float, float> change) => [.. pixels.Select(change)];

    private static bool Warns(TrainedImages trained, GreyStatistics image, InputWarningKind kind, string view = "") =>
        trained.Compare(image, view).Any(w => w.Kind == kind);
}
