using Google.Protobuf;

namespace CxrAnnotate.Tests;

/// <summary>
/// Reads ONNX bytes by the field numbers of onnx.proto, independently of our writer, and checks what onnx.checker checks: versions, names, types,
/// that every value has one definition, before its first use, and that attributes state their type.
/// </summary>
internal static class OnnxStructure
{
    internal static void Check(byte[] model)
    {
        List<Field> fields = Read(model);
        Assert.Equal(9, (long)fields.Single(f => f.Number == 1).Value);
        byte[] graph = (byte[])fields.Single(f => f.Number == 7).Value;
        List<Field> opset = Read((byte[])fields.Single(f => f.Number == 8).Value);
        Assert.Equal(20, (long)opset.Single(f => f.Number == 2).Value);
        Graph(graph, [], new HashSet<string>(StringComparer.Ordinal), whole: true);
    }

    internal static IReadOnlyList<string> Operations(byte[] model) =>
        [
            .. Read((byte[])Read(model).Single(f => f.Number == 7).Value)
                .Where(f => f.Number == 1)
                .Select(n => Text(Read((byte[])n.Value).Single(f => f.Number == 4))),
        ];

    private static void Graph(byte[] bytes, HashSet<string> outer, HashSet<string> nodeNames, bool whole)
    {
        List<Field> graph = Read(bytes);
        Assert.NotEqual("", Text(graph.Single(f => f.Number == 2)));
        var known = new HashSet<string>(outer, StringComparer.Ordinal);
        void Define(string name)
        {
            Assert.NotEqual("", name);
            Assert.True(known.Add(name), $"'{name}' is defined twice.");
        }

        foreach (Field tensor in graph.Where(f => f.Number == 5))
            Define(Tensor((byte[])tensor.Value));
        foreach (Field input in graph.Where(f => f.Number == 11))
            Define(Port((byte[])input.Value, whole));
        foreach (Field node in graph.Where(f => f.Number == 1))
        {
            List<Field> parts = Read((byte[])node.Value);
            Assert.True(nodeNames.Add(Text(parts.Single(f => f.Number == 3))), "Two nodes have one name.");
            Assert.Matches("^[A-Z][A-Za-z]+$", Text(parts.Single(f => f.Number == 4)));
            foreach (Field input in parts.Where(f => f.Number == 1))
                Assert.True(Text(input).Length == 0 || known.Contains(Text(input)), $"'{Text(input)}' is read before it is defined.");
            foreach (Field attribute in parts.Where(f => f.Number == 5))
            {
                List<Field> a = Read((byte[])attribute.Value);
                long type = (long)a.Single(f => f.Number == 20).Value;
                int holder = type switch
                {
                    1 => 2,
                    2 => 3,
                    3 => 4,
                    5 => 6,
                    7 => 8,
                    _ => throw new InvalidDataException($"attribute type {type}"),
                };
                Assert.All(a, f => Assert.Contains(f.Number, (int[])[1, 20, holder]));
                if (type == 5)
                    Graph((byte[])a.Single(f => f.Number == 6).Value, known, nodeNames, whole: false);
            }

            foreach (Field output in parts.Where(f => f.Number == 2))
                Define(Text(output));
        }

        Assert.Contains(graph, f => f.Number == 12);
        foreach (Field output in graph.Where(f => f.Number == 12))
            Assert.Contains(Port((byte[])output.Value, whole), known);
    }

    private static string Tensor(byte[] bytes)
    {
        List<Field> tensor = Read(bytes);
        long count = tensor.Where(f => f.Number == 1).Aggregate(1L, (product, d) => product * (long)d.Value);
        long type = (long)tensor.Single(f => f.Number == 2).Value;
        if (type == 8)
            Assert.Equal(count, tensor.Count(f => f.Number == 6));
        else
            Assert.Equal(
                count
                    * type switch
                    {
                        1 => 4,
                        7 => 8,
                        9 => 1,
                        11 => 8,
                        _ => throw new InvalidDataException($"tensor type {type}"),
                    },
                ((byte[])tensor.Single(f => f.Number == 9).Value).LongLength
            );
        return Text(tensor.Single(f => f.Number == 8));
    }

    private static string Port(byte[] bytes, bool whole)
    {
        List<Field> port = Read(bytes);
        List<Field> type = Read((byte[])Read((byte[])port.Single(f => f.Number == 2).Value).Single(f => f.Number == 1).Value);
        Assert.Contains((long)type.Single(f => f.Number == 1).Value, (long[])[1, 7, 8, 9, 11]);
        Field[] dimensions = [.. Read((byte[])type.Single(f => f.Number == 2).Value).Where(f => f.Number == 1)];
        if (whole)
            Assert.Equal("N", Text(Read((byte[])dimensions[0].Value).Single(f => f.Number == 2)));
        return Text(port.Single(f => f.Number == 1));
    }

    private static string Text(Field field) => System.Text.Encoding.UTF8.GetString((byte[])field.Value);

    private static List<Field> Read(byte[] message)
    {
        var fields = new List<Field>();
        var input = new CodedInputStream(message);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            fields.Add(
                new Field(
                    (int)(tag >> 3),
                    (tag & 7) switch
                    {
                        0 => input.ReadInt64(),
                        2 => input.ReadBytes().ToByteArray(),
                        5 => input.ReadFloat(),
                        var kind => throw new InvalidDataException($"wire type {kind}"),
                    }
                )
            );
        }

        return fields;
    }

    private sealed record Field(int Number, object Value);
}
