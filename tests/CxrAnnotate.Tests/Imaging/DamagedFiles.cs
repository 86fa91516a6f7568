using System.Diagnostics;
using System.Globalization;
using NetVips;

namespace CxrAnnotate.Tests;

/// <summary>
/// Damages small files and reads each as a radiograph: an InvalidDataException with a code or grey values in [0, 1], within a time and in memory that
/// the limits bound. For a process of its own, since the decoders are native code. <c>CXR_FUZZ=1000000</c> makes a run longer, <c>CXR_FUZZ_SEED</c>
/// another one.
/// </summary>
internal static class DamagedFiles
{
    private static readonly TimeSpan _mostTime = TimeSpan.FromSeconds(2);

    /// <summary>Few pixels, so that a reader that allocates by what a damaged header declares is caught.</summary>
    private static readonly RadiographFormat _format = new(8, 8, MaximumPixels: 1 << 16, MaximumBytes: 16 << 20);

    internal static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : otherwise;

    /// <summary>Reads damaged copies of files, all of which can be read.</summary>
    /// <param name="seeds">The files.</param>
    /// <param name="inputs">How many damaged copies, unless the environment says otherwise.</param>
    internal static void Read(IReadOnlyList<byte[]> seeds, int inputs)
    {
        inputs = Number("CXR_FUZZ", inputs);
        int seed = Number("CXR_FUZZ_SEED", 1),
            read = 0;
        float[] pixels = new float[_format.PixelCount];
        foreach (byte[] file in seeds)
            RadiographReader.Read(new RadiographFile("a seed", file), _format, pixels);
        var slowest = TimeSpan.Zero;
        double most = 0;
        for (int i = 0; i < inputs; i++)
        {
            byte[] content = Damage(seeds, new Random(unchecked((seed * 0x2545F491) ^ (i * (int)0x9E3779B1))));
            long started = Stopwatch.GetTimestamp(),
                before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                RadiographReader.Read(new RadiographFile("damaged", content), _format, pixels);
                if (pixels.Any(value => value is not (>= 0 and <= 1)))
                    Fail("gives values that are no grey");
                read++;
            }
            catch (InvalidDataException error)
            {
                if (CxrError.CodeOf(error) is null)
                    Fail($"has no code: {error}");
                // What is thrown that is not expected is reported as a fault of the decoder, by its type.
                if (error.Message.Contains("reading it failed (", StringComparison.Ordinal))
                    Fail($"fails: {error}");
            }
            catch (Exception error)
            {
                Fail($"throws {error}");
            }

            TimeSpan took = Stopwatch.GetElapsedTime(started);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            slowest = took > slowest ? took : slowest;
            most = Math.Max(most, (double)allocated / Bound(content));
            if (took > _mostTime)
                Fail($"took {took}");
            if (allocated > Bound(content))
                Fail($"allocates {allocated} bytes");

            void Fail(string how) => Assert.Fail($"seed {seed}, input {i} {how}\n{Convert.ToBase64String(content)}");
        }

        using Process self = Process.GetCurrentProcess();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {inputs} inputs, {read} read; the slowest took {slowest.TotalMilliseconds:F1} ms, the most managed memory was {most:P1} "
                + $"of the bound, libvips had {Stats.MemHighwater >> 20} MiB and the process {self.PeakWorkingSet64 >> 20} MiB at most."
        );
        Assert.InRange(read, 1, inputs - 1);
        Assert.True(Stats.MemHighwater < (ulong)_format.MaximumBytes * 2, $"libvips took {Stats.MemHighwater} bytes at its peak.");
        Assert.True(self.PeakWorkingSet64 < 700L << 20, $"The process took {self.PeakWorkingSet64} bytes at its peak.");
    }

    /// <summary>What an input may allocate: what the format's limits allow, and objects for each of its bytes.</summary>
    private static long Bound(byte[] file) => (2 * _format.MaximumBytes) + (512L * file.Length);

    private static byte[] Damage(IReadOnlyList<byte[]> seeds, Random random)
    {
        byte[] content = [.. seeds[random.Next(seeds.Count)]];
        // The preamble of a DICOM file is empty.
        int first = content.AsSpan().IndexOf("DICM"u8) == 128 ? 132 : 0;
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            // Half of the changes are in the headers, at either end of the file.
            int at = random.Next(first, content.Length);
            if (random.Next(2) == 0)
            {
                int near = random.Next(Math.Min(content.Length - first, 160));
                at = random.Next(3) == 0 ? content.Length - 1 - near : first + near;
            }

            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    content[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3 or 4:
                    content[at] = (byte)(random.Next(2) * 255);
                    break;
                case 5 or 6:
                    content[at] = (byte)random.Next(256);
                    break;
                default:
                    // A number of four bytes that is at the border of what fits.
                    byte[] number = BitConverter.GetBytes((random.Next(2) == 0 ? 0u : 0x8000_0000) - (uint)random.Next(3));
                    number.AsSpan(0, Math.Min(4, content.Length - at)).CopyTo(content.AsSpan(at));
                    break;
            }
        }

        return random.Next(20) switch
        {
            0 or 1 => content[..random.Next(content.Length)],
            2 => [.. content[..random.Next(content.Length)], .. content[random.Next(content.Length)..]],
            _ => content,
        };
    }
}
