using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;

namespace CxrAnnotate.Tests;

public sealed class SafeTensorsTests
{
    [Fact]
    public void Weights_come_back_bit_for_bit()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module saved = Module(1), loaded = Module(2);
        SafeTensors.Save(path, saved);
        SafeTensors.Load(path, loaded);
        foreach (var (name, tensor) in saved.state_dict())
            Assert.Equal(tensor.bytes.ToArray(), loaded.state_dict()[name].bytes.ToArray());
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
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, length));
        long end = 0;
        foreach (var (name, tensor) in saved.state_dict())
        {
            JsonElement entry = header.RootElement.GetProperty(name);
            Assert.Equal(tensor.shape, entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()));
            long from = entry.GetProperty("data_offsets")[0].GetInt64(), to = entry.GetProperty("data_offsets")[1].GetInt64();
            Assert.Equal(tensor.bytes.ToArray(), bytes[(8 + length + (int)from)..(8 + length + (int)to)]);
            end = Math.Max(end, to);
        }

        Assert.Equal(bytes.Length, 8 + length + end);
    }

    [Fact]
    public void Every_byte_of_the_header_flipped_in_turn_is_an_error_or_harmless_never_a_crash()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using torch.nn.Module module = Module(1);
        SafeTensors.Save(path, module);
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        int errors = 0;
        for (int i = 0; i < 8 + length; i++)
        {
            bytes[i] ^= 0x41;
            File.WriteAllBytes(path, bytes);
            bytes[i] ^= 0x41;
            try
            {
                SafeTensors.Load(path, module);
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
                errors++;
            }
        }

        Assert.True(errors > length / 2);
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
        using torch.nn.Module module = Module(1), wider = torch.nn.Sequential(("a", torch.nn.Linear(3, 6)), ("b", torch.nn.BatchNorm1d(5)));
        SafeTensors.Save(path, module);
        Assert.Throws<InvalidDataException>(() => SafeTensors.Load(path, wider));
    }

    private static TorchSharp.Modules.Sequential Module(int seed)
    {
        torch.random.manual_seed(seed);
        return torch.nn.Sequential(("a", torch.nn.Linear(3, 5)), ("b", torch.nn.BatchNorm1d(5)));
    }
}
