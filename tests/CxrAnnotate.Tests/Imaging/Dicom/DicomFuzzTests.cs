using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>
/// Damaged files: an InvalidDataException or an image, nothing else, in memory that the file's size and MaximumPixels bound. <c>CXR_FUZZ=1000000</c>
/// makes the run longer, <c>CXR_FUZZ_SEED</c> another one.
/// </summary>
public sealed class DicomFuzzTests(ITestOutputHelper output)
{
    private const int MaximumPixels = 1 << 12;
    private const int Inputs = 20_000;

    [Fact]
    public void Damaged_files_are_read_or_refused_in_bounded_memory()
    {
        int inputs = DamagedFiles.Number("CXR_FUZZ", Inputs),
            seed = DamagedFiles.Number("CXR_FUZZ_SEED", 1),
            read = 0,
            decoded = 0;
        IReadOnlyList<byte[]> seeds = DicomMutations.Seeds();
        Assert.All(seeds, file => Assert.True(Use(file) is (true, true)));
        var slowest = TimeSpan.Zero;
        double most = 0;
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < inputs; i++)
        {
            byte[] file = DicomMutations.Damage(seeds, new Random(HashCode(seed, i)));
            long before = GC.GetAllocatedBytesForCurrentThread(),
                started = Stopwatch.GetTimestamp();
            try
            {
                (bool wasRead, bool wasDecoded) = Use(file);
                read += wasRead ? 1 : 0;
                decoded += wasDecoded ? 1 : 0;
            }
            catch (Exception error) when (error is not InvalidDataException)
            {
                Assert.Fail($"seed {seed}, input {i}: {error}\n{Convert.ToBase64String(file)}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            most = Math.Max(most, (double)allocated / Bound(file));
            if (allocated > Bound(file))
                Assert.Fail($"seed {seed}, input {i}: {allocated} bytes were allocated for {file.Length}\n{Convert.ToBase64String(file)}");
        }

        output.WriteLine(
            $"seed {seed}: {inputs} inputs in {Stopwatch.GetElapsedTime(begin).TotalSeconds:F0} s, {read} read, {decoded} decoded; the slowest "
                + $"took {slowest.TotalMilliseconds:F1} ms, the most memory was {most:P1} of the bound."
        );
        Assert.InRange(decoded, 1, inputs - 1);
    }

    /// <summary>
    /// What an input may allocate: for each of its bytes the objects of the smallest elements; for each pixel the samples (a JPEG image one pixel
    /// wide fills blocks of 32), values and greys; a table of all values. A deflated data set may be 1,032 times as long as its bytes.
    /// </summary>
    private static long Bound(byte[] file) =>
        (1 << 20)
        + (512L * file.Length)
        + (256L * MaximumPixels)
        + (file.AsSpan().IndexOf("1.2.840.10008.1.2.1.99"u8) >= 0 ? 1032L * 128 * file.Length : 0);

    /// <summary>Does everything that is done with a file; returns whether it was read, and whether it was decoded.</summary>
    private static (bool Read, bool Decoded) Use(byte[] content)
    {
        bool read = false,
            decoded = false;
        try
        {
            DicomFile.Looks(content);
            DicomFile file = DicomFile.Read(content);
            read = true;
            Texts(file.Data);
            DicomCharacterSets.Check(file.Data, file.Notes);
            DicomImage image = DicomImage.Of(file, MaximumPixels);
            // The last frame is located in another way than the first.
            foreach (int frame in image.Frames > 1 ? new[] { 0, image.Frames - 1 } : [0])
            {
                int[] values = image.Decode(frame);
                Assert.Equal((long)image.Rows * image.Columns * image.Samples, values.Length);
                float[] grey = DicomPresentation.Grey(file, image, values);
                decoded = true;
                foreach (float g in grey)
                {
                    if (g is not (>= 0 and <= 1))
                        Assert.Fail($"a grey value is {g}");
                }
            }
        }
        catch (InvalidDataException error)
        {
            Assert.NotEmpty(error.Message);
        }

        return (read, decoded);
    }

    private static void Texts(DicomDataSet data)
    {
        foreach (DicomElement element in data.Elements)
        {
            // Pixels are no text, and there are many.
            if (element.Tag >> 16 != 0x7FE0)
            {
                Assert.NotNull(data.Text(element.Tag));
                Assert.NotNull(data.Codes(element.Tag));
            }

            foreach (DicomDataSet item in element.Items ?? [])
                Texts(item);
        }
    }

    private static int HashCode(int seed, int input) => unchecked((seed * 0x2545F491) ^ (input * (int)0x9E3779B1));
}
