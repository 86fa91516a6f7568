using System.Runtime.InteropServices;

namespace CxrAnnotate.Tests;

/// <summary>
/// DICOM files that do not keep to the standard and that other programs read, with the grey values that they must give: all are read, those that the
/// standard does not allow with a warning.
/// </summary>
public sealed class DicomCasesTests
{
    /// <summary>Lossy images are compared with those of another decoder, whose transform differs in the last bit.</summary>
    private const double Exact = 1e-4,
        Lossy = 0.02;

    /// <summary>Its reference leaves out the palette's blue; pydicom expands it to what is read here.</summary>
    private const string WithoutBlue = "pal_segmented.dcm";

    public static TheoryData<string> Files
    {
        get
        {
            string folder = Path.Combine(TestData.Root, "imaging-cases");
            string[] files = Directory.Exists(folder)
                ? [.. Directory.GetFiles(folder, "*.dcm").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)]
                : ["any.dcm"];
            return new(files);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Greys_are_those_that_the_file_means(string name)
    {
        string path = TestData.Require("imaging-cases/" + name),
            expected = path + ".f32";
        if (!File.Exists(expected) || name == WithoutBlue)
        {
            // Read or refused with a message, without any other exception.
            RadiographDescription described = RadiographDescription.Of(path);
            Assert.Equal(described.Error is null, described.Sha256 is not null);
            return;
        }

        float[] wanted = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(expected)).ToArray();
        DicomFile file = DicomFile.Open(new RadiographFile(path));
        DicomImage image = DicomImage.Of(file, RadiographLimits.Default);
        int[] stored = image.Decode();
        float[] grey = DicomPresentation.Grey(file, image, stored);
        Assert.Equal(wanted.Length, grey.Length);
        double tolerance = name.StartsWith('j') ? Lossy : Exact;
        (double most, int at) = grey.Select((g, i) => (Math.Abs(g - wanted[i]), i)).Max();
        Assert.True(most <= tolerance, $"{name}: {grey[at]} instead of {wanted[at]} at {at}; notes: {string.Join(" | ", file.Notes.All)}");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join("\n", file.Notes.All));
    }
}
