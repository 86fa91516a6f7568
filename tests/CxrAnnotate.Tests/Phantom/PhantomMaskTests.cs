using Microsoft.ML;
using NetVips;

namespace CxrAnnotate.Tests;

public sealed class PhantomMaskTests : IDisposable
{
    /// <summary>Findings of shape: the anatomy itself changes, so that their boxes are areas rather than strokes.</summary>
    private static readonly string[] _ofShape = ["Cardiomegaly", "Lung/hypo", "Lung/hyper", "Scoliosis", "Aorta/tortuous"];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_noise_an_image_differs_from_that_without_the_finding_where_the_mask_is()
    {
        ChestPhantom phantom = new(
            new()
            {
                Size = 96,
                NormalFraction = 0,
                NoiseLevel = 0,
                FindingsPerStudy = 2,
            }
        );
        for (int index = 0; index < 40; index++)
        {
            IReadOnlyList<PhantomFinding> findings = phantom.Findings(index);
            IReadOnlyList<PhantomMask> masks = phantom.Masks(index);
            Assert.Equal(findings.Select(finding => finding.Term), masks.Select(mask => mask.Term));
            byte[] with = phantom.Render(index).Pixels;
            foreach ((PhantomFinding finding, PhantomMask mask) in findings.Zip(masks))
            {
                byte[] without = phantom.RenderWithout(index, finding).Pixels;
                double inside = 0,
                    outside = 0;
                for (int at = 0; at < with.Length; at++)
                {
                    double difference = Math.Abs(with[at] - without[at]);
                    if (mask.Pixels[at] == 255)
                        inside += difference;
                    else
                        outside += difference;
                }

                // The film is blurred a little before it becomes grey values.
                Assert.True(inside > 4 * outside, $"{finding.Term}: {inside} in the mask, {outside} outside");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Masks_of_what_is_drawn_lie_in_their_boxes(bool lateral)
    {
        ChestPhantom phantom = new(new() { Size = 80, NormalFraction = 0 });
        for (int index = 0; index < 80; index++)
        {
            PhantomRegion[] regions = [.. phantom.Render(index, lateral).Regions];
            foreach (PhantomMask mask in phantom.Masks(index, lateral).Where(mask => !_ofShape.Any(mask.Term.StartsWith)))
            {
                PhantomRegion box = regions.Single(region => region.Term == mask.Term);
                for (int y = 0; y < 80; y++)
                {
                    for (int x = 0; x < 80; x++)
                    {
                        if (mask.Pixels[(y * 80) + x] != 0)
                            Assert.True(
                                x >= box.X && x < box.X + box.Width && y >= box.Y && y < box.Y + box.Height,
                                $"{mask.Term} of {index}: ({x}, {y}) is outside {box}"
                            );
                    }
                }
            }
        }
    }

    [Fact]
    public void A_data_set_has_its_masks_beside_the_boxes_on_request()
    {
        ChestPhantomOptions options = new()
        {
            Studies = 12,
            Size = 64,
            NormalFraction = 0.3,
            Views = PhantomViews.FrontalAndLateral,
            Masks = true,
        };
        new MLContext().ChestXray().Data.WritePhantom(_folder.Path, options, cancellationToken: TestContext.Current.CancellationToken);
        string[] lines = File.ReadAllLines(Path.Combine(_folder.Path, "regions.csv"));
        Assert.Equal("image,term,x,y,width,height,mask", lines[0]);
        string[] named = [.. lines.Skip(1).Select(line => line.Split(',')[^1]).Where(name => name.Length > 0)];
        Assert.NotEmpty(named);
        string[] written = [.. Directory.GetFiles(Path.Combine(_folder.Path, "masks")).Select(path => "masks/" + Path.GetFileName(path))];
        Assert.Equal(named.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
        Assert.All(written, name => Assert.True(DataCatalog.IsPhantomFile(name)));
        string first = lines.Skip(1).First(line => line.Contains("_frontal", StringComparison.Ordinal));
        int study = int.Parse(first.AsSpan("images/P".Length, 5), System.Globalization.CultureInfo.InvariantCulture);
        using Image image = Image.NewFromFile(Path.Combine(_folder.Path, first.Split(',')[^1]));
        Assert.Equal(new ChestPhantom(options).Masks(study)[0].Pixels, image.WriteToMemory<byte>());
    }
}
