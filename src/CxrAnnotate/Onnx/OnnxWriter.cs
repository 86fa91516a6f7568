using Google.Protobuf;

namespace CxrAnnotate;

/// <summary>Writes graphs in the ONNX format (onnx.proto of ONNX 1.16: IR version 9, operator set 20), message by message.</summary>
internal static class OnnxWriter
{
    /// <summary>Version of the format's intermediate representation.</summary>
    internal const int IrVersion = 9;

    /// <summary>Version of the standard operators: the first with StringConcat.</summary>
    internal const int OperatorSet = 20;

    private const int AttributeSingle = 1,
        AttributeInteger = 2,
        AttributeText = 3,
        AttributeGraph = 5,
        AttributeIntegers = 7;

    /// <summary>The model file, which ends with its checksum.</summary>
    internal static byte[] Write(OnnxGraph graph, OnnxModelInfo info) =>
        OnnxChecksum.Append(
            Message(m =>
            {
                Integer(m, 1, IrVersion);
                Text(m, 2, nameof(CxrAnnotate));
                Text(m, 6, info.Description);
                Nested(m, 7, Graph(graph, info.Name));
                Nested(m, 8, Message(o => Integer(o, 2, OperatorSet)));
                foreach (var (key, value) in info.Metadata)
                {
                    Nested(
                        m,
                        14,
                        Message(p =>
                        {
                            Text(p, 1, key);
                            Text(p, 2, value);
                        })
                    );
                }
            })
        );

    private static byte[] Graph(OnnxGraph graph, string name) =>
        Message(g =>
        {
            foreach (OnnxNode node in graph.Nodes)
                Nested(g, 1, Node(node));
            Text(g, 2, name);
            foreach (OnnxTensor constant in graph.Constants)
                Nested(g, 5, Tensor(constant));
            foreach (OnnxPort input in graph.Inputs)
                Nested(g, 11, Port(input));
            foreach (OnnxPort output in graph.Results)
                Nested(g, 12, Port(output));
        });

    private static byte[] Node(OnnxNode node) =>
        Message(n =>
        {
            foreach (string input in node.Inputs)
                Text(n, 1, input);
            foreach (string output in node.Outputs)
                Text(n, 2, output);
            Text(n, 3, node.Name);
            Text(n, 4, node.Operation);
            foreach (OnnxAttribute attribute in node.Attributes)
                Nested(n, 5, Attribute(attribute));
        });

    private static byte[] Attribute(OnnxAttribute attribute) =>
        Message(a =>
        {
            Text(a, 1, attribute.Name);
            switch (attribute.Value)
            {
                case float number:
                    a.WriteTag(2, WireFormat.WireType.Fixed32);
                    a.WriteFloat(number);
                    Integer(a, 20, AttributeSingle);
                    break;
                case long integer:
                    Integer(a, 3, integer);
                    Integer(a, 20, AttributeInteger);
                    break;
                case string text:
                    Text(a, 4, text);
                    Integer(a, 20, AttributeText);
                    break;
                case OnnxGraph graph:
                    Nested(a, 6, Graph(graph, graph.Name));
                    Integer(a, 20, AttributeGraph);
                    break;
                case long[] integers:
                    foreach (long integer in integers)
                        Integer(a, 8, integer);
                    Integer(a, 20, AttributeIntegers);
                    break;
                default:
                    throw new ArgumentException(
                        ErrorCode.Unexpected.Message($"The attribute '{attribute.Name}' has a value of type {attribute.Value.GetType().Name}."),
                        nameof(attribute)
                    );
            }
        });

    private static byte[] Tensor(OnnxTensor tensor) =>
        Message(t =>
        {
            foreach (long dimension in tensor.Dimensions)
                Integer(t, 1, dimension);
            Integer(t, 2, (int)tensor.Type);
            if (tensor.Type == OnnxType.Text)
            {
                foreach (string text in tensor.Texts)
                    Text(t, 6, text);
            }

            Text(t, 8, tensor.Name);
            if (tensor.Type != OnnxType.Text)
            {
                t.WriteTag(9, WireFormat.WireType.LengthDelimited);
                t.WriteBytes(ByteString.CopyFrom(tensor.Bytes));
            }
        });

    private static byte[] Port(OnnxPort port) =>
        Message(p =>
        {
            Text(p, 1, port.Name);
            Nested(
                p,
                2,
                Message(type =>
                    Nested(
                        type,
                        1,
                        Message(tensor =>
                        {
                            Integer(tensor, 1, (int)port.Type);
                            Nested(
                                tensor,
                                2,
                                Message(shape =>
                                {
                                    foreach (OnnxDimension dimension in port.Dimensions)
                                    {
                                        Nested(
                                            shape,
                                            1,
                                            Message(d =>
                                            {
                                                if (dimension.Size is { } size)
                                                    Integer(d, 1, size);
                                                else
                                                    Text(d, 2, dimension.Name!);
                                            })
                                        );
                                    }
                                })
                            );
                        })
                    )
                )
            );
        });

    private static void Integer(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void Text(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    private static void Nested(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(message));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            write(output);
        return stream.ToArray();
    }
}
