using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Files of weights with a bit flipped, or cut off: they are read, or refused with one kind of exception.</summary>
internal static class DamagedWeights
{
    internal static void Check(ScratchFolder folder, byte[] whole, int rounds, int seed)
    {
        NativeRuntime.EnsureLoaded();
        var random = new Random(seed);
        for (int round = 0; round < rounds; round++)
        {
            byte[] damaged = [.. whole];
            if (round % 2 == 0)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            else
                damaged = damaged[..random.Next(damaged.Length)];
            string path = folder.Write("damaged.weights", damaged);
            try
            {
                using WeightFile file = WeightFile.OpenAny(path);
                foreach (var (name, entry) in file.Entries)
                {
                    using var scope = NewDisposeScope();
                    file.CopyTo(name, empty(entry.Shape, entry.Type));
                }
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("CXR5006", e.Message, StringComparison.Ordinal);
            }
        }
    }
}
