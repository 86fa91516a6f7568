using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;

namespace CxrAnnotate.Tests;

public sealed class SafeTensorsTests
{
    [Fact]
    public void Weights_round_trip_bit_for_bit()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module saved = Module(1),
            loaded = Module(2);
        SafeTensors.Save(path, saved);
        SafeTensors.Load(path, loaded);
        foreach (var (name, tensor) in saved.state_dict())
            Assert.Equal(tensor.Bytes(), loaded.state_dict()[name].Bytes());
    }

    [Fact]
    public void The_layout_is_the_published_one()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module saved = Module(1);
        SafeTensors.Save(path, saved);
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal((byte)'{', bytes[8]);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, length));
        long end = 0;
        foreach (var (name, tensor) in saved.state_dict())
        {
            JsonElement entry = header.RootElement.GetProperty(name);
            Assert.Equal(tensor.shape, entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()));
            long from = entry.GetProperty("data_offsets")[0].GetInt64(),
                to = entry.GetProperty("data_offsets")[1].GetInt64();
            Assert.Equal(tensor.Bytes(), bytes[(8 + length + (int)from)..(8 + length + (int)to)]);
            end = Math.Max(end, to);
        }

        Assert.Equal(bytes.Length, 8 + length + end);
    }

    [Theory]
    [InlineData(0x41)]
    [InlineData(0x01)]
    [InlineData(0x80)]
    public void A_flipped_byte_is_an_error_that_names_the_file_or_changes_no_weight(int mask)
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module module = Module(1);
        byte[][] weights = Bits(module);
        SafeTensors.Save(path, module);
        byte[] bytes = File.ReadAllBytes(path);
        int harmless = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)mask;
            File.WriteAllBytes(path, bytes);
            bytes[i] ^= (byte)mask;
            using torch.nn.Module loaded = Module(2);
            try
            {
                SafeTensors.Load(path, loaded);
                Assert.Equal(weights, Bits(loaded));
                harmless++;
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        }

        // Only a hit on the name of the checksum itself can pass, since the numbers are unchanged.
        Assert.InRange(harmless, 0, SafeTensorsHeader.ChecksumName.Length + "__metadata__".Length);
    }

    [Fact]
    public void Random_flips_and_cuts_of_a_whole_network_s_file_are_errors()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 5);
        SafeTensors.Save(path, network);
        var random = new Random(7);
        long length = new FileInfo(path).Length;
        for (int i = 0; i < 24; i++)
        {
            long place = random.NextInt64(8 + (i % 3 == 0 ? 4000 : length - 8));
            byte before;
            using (var file = new FileStream(path, FileMode.Open))
            {
                file.Position = place;
                before = (byte)file.ReadByte();
                file.Position = place;
                file.WriteByte((byte)(before ^ (1 << random.Next(8))));
            }

            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => SafeTensors.Load(path, network)).Message, StringComparison.Ordinal);
            using (var file = new FileStream(path, FileMode.Open))
            {
                file.Position = place;
                file.WriteByte(before);
            }
        }

        SafeTensors.Load(path, network);
        for (long cut = length; cut > 0; cut = random.NextInt64(cut))
        {
            using (var file = new FileStream(path, FileMode.Open))
                file.SetLength(cut - 1);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => SafeTensors.Load(path, network)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
        16,
        "twice"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
        12,
        "overlaps"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}",
        20,
        "gap"
    )]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 12, "belong to no tensor")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "outside")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "12")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,0]}}", 0, "impossible shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1099511627776],\"data_offsets\":[0,4398046511104]}}", 8, "outside")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "impossible shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "outside")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8, "outside")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8, "F8_E4M3")]
    [InlineData("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "no dtype")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", 8, "list of integers")]
    [InlineData("{\"a\":7}", 8, "no dtype")]
    [InlineData("[1]", 0, "not a JSON object")]
    [InlineData("{\"__metadata__\":{\"x\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "metadata")]
    [InlineData("{\"a\":[[[[[[[[[[[[1]]]]]]]]]]]]}", 0, "not valid JSON")]
    public void Inconsistent_headers_are_rejected_before_anything_is_allocated(string header, int dataLength, string reason)
    {
        using var folder = new ScratchFolder();
        byte[] text = System.Text.Encoding.UTF8.GetBytes(header),
            file = new byte[8 + text.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        text.CopyTo(file, 8);
        string path = folder.Write("w.safetensors", file);
        Assert.NotEmpty(SafeTensors.Types);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(0L)]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 40)]
    public void A_header_length_that_the_file_does_not_have_is_refused(long length)
    {
        using var folder = new ScratchFolder();
        byte[] file = new byte[64];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        string path = folder.Write("w.safetensors", file);
        Assert.Contains("header", Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_is_converted_to_the_networks_type()
    {
        // 1, -2, 0.5 and 65504 as the IEEE binary16 has them.
        using var folder = new ScratchFolder();
        byte[] header = System.Text.Encoding.UTF8.GetBytes("{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        string path = folder.Write("w.safetensors", (byte[])[.. length, .. header, 0x00, 0x3C, 0x00, 0xC0, 0x00, 0x38, 0xFF, 0x7B]);
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        using torch.Tensor target = torch.zeros(4);
        file.CopyTo("a", target);
        Assert.Equal([1f, -2f, 0.5f, 65504f], target.Floats());
    }

    [Fact]
    public void A_file_cut_anywhere_is_an_error_that_names_it()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module module = Module(1);
        SafeTensors.Save(path, module);
        byte[] bytes = File.ReadAllBytes(path);
        for (int cut = 0; cut < bytes.Length; cut += 7)
        {
            File.WriteAllBytes(path, bytes[..cut]);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => SafeTensors.Load(path, module)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module module = Module(1),
            wider = torch.nn.Sequential(("a", torch.nn.Linear(3, 6)), ("b", new BatchNormalization(5)));
        SafeTensors.Save(path, module);
        Assert.Throws<InvalidDataException>(() => SafeTensors.Load(path, wider));
    }

    private static byte[][] Bits(torch.nn.Module module) => [.. module.state_dict().Values.Select(t => t.Bytes())];

    private static TorchSharp.Modules.Sequential Module(int seed)
    {
        torch.random.manual_seed(seed);
        return torch.nn.Sequential(("a", torch.nn.Linear(3, 5)), ("b", new BatchNormalization(5)));
    }
}
