using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A module that can write itself into an ONNX graph as it computes in eval mode.</summary>
internal interface IOnnxModule
{
    /// <param name="layers">Where torch's own layers are written by.</param>
    /// <param name="input">What the module is applied to.</param>
    OnnxValue Write(OnnxLayers layers, OnnxValue input);
}

/// <summary>Writes torch's layers, as they compute in eval mode, into an ONNX graph.</summary>
/// <param name="graph">The graph.</param>
/// <param name="foldNormalization">Whether batch normalisation right after a convolution becomes part of the convolution's weights.</param>
/// <param name="imageSize">Height and width of the network's input.</param>
internal sealed class OnnxLayers(OnnxGraph graph, bool foldNormalization, int imageSize)
{
    /// <summary>Height and width of the network's input.</summary>
    internal int ImageSize => imageSize;

    internal OnnxGraph Graph => graph;

    /// <summary>A tensor as a constant of the graph.</summary>
    internal OnnxValue Weight(string name, Tensor tensor) => graph.Constant(name, tensor.Floats(), tensor.shape);

    /// <summary>The layers of a sequence; a normalisation that follows a convolution is folded into it where that is asked for.</summary>
    internal OnnxValue Write(Sequential layers, OnnxValue input)
    {
        nn.Module[] modules = [.. layers.children()];
        OnnxValue x = input;
        for (int i = 0; i < modules.Length; i++)
        {
            if (modules[i] is Conv2d conv && i + 1 < modules.Length && modules[i + 1] is BatchNormalization norm)
            {
                x = Write(conv, norm, x);
                i++;
                continue;
            }

            x = modules[i] switch
            {
                Conv2d alone => Write(alone, null, x),
                BatchNormalization batch => Write(batch, x),
                ReLU => graph.Relu(x),
                MaxPool2d pool => graph.Node(
                    "MaxPool",
                    [x],
                    [
                        ("kernel_shape", Pair(pool.kernel_size)),
                        ("strides", Pair(pool.stride)),
                        ("ceil_mode", pool.ceil_mode ? 1 : 0),
                        .. Padding(pool.padding),
                    ]
                ),
                Sequential inner => Write(inner, x),
                IOnnxModule own => own.Write(this, x),
                var other => throw new NotSupportedException(
                    ErrorCode.CannotBeSaved.Message($"A layer of type {other.GetType().Name} has no ONNX form.")
                ),
            };
        }

        return x;
    }

    /// <summary>A convolution and the normalisation after it.</summary>
    internal OnnxValue Write(Conv2d conv, BatchNormalization? norm, OnnxValue input)
    {
        long[] kernel = conv.weight!.shape;
        float[] weight = conv.weight.Floats();
        float[] bias = conv.bias is null ? new float[conv.out_channels] : conv.bias.Floats();
        if (norm is not null && foldNormalization)
        {
            var (scale, shift) = ScaleAndShift(norm);
            int filter = weight.Length / scale.Length;
            for (int channel = 0; channel < scale.Length; channel++)
            {
                foreach (ref float w in weight.AsSpan(channel * filter, filter))
                    w = (float)(w * scale[channel]);
                bias[channel] = (float)((bias[channel] * scale[channel]) + shift[channel]);
            }

            norm = null;
        }

        long[] padding = Pair(conv.padding!),
            stride = Pair(conv.stride!);
        OnnxValue x = graph.Node(
            "Conv",
            [input, graph.Constant("weight", weight, kernel), graph.Constant("bias", bias, bias.Length)],
            ("kernel_shape", kernel[2..]),
            ("strides", stride),
            ("pads", [.. padding, .. padding])
        );
        return norm is null ? x : Write(norm, x);
    }

    /// <summary>A batch normalisation, by its running statistics.</summary>
    internal OnnxValue Write(BatchNormalization norm, OnnxValue input)
    {
        if (!foldNormalization)
        {
            return graph.Node(
                "BatchNormalization",
                [
                    input,
                    Weight("norm_weight", norm.Scale),
                    Weight("norm_bias", norm.Shift),
                    Weight("running_mean", norm.RunningMean),
                    Weight("running_var", norm.RunningVariance),
                ],
                ("epsilon", (float)norm.Epsilon)
            );
        }

        var (scale, shift) = ScaleAndShift(norm);
        OnnxValue scaled = graph.Mul(input, graph.Constant("norm_scale", [.. scale.Select(v => (float)v)], scale.Length, 1, 1));
        return graph.Add(scaled, graph.Constant("norm_shift", [.. shift.Select(v => (float)v)], shift.Length, 1, 1));
    }

    /// <summary>A linear layer over rows.</summary>
    internal OnnxValue Write(Linear linear, OnnxValue input) =>
        graph.Node("Gemm", [input, Weight("weight", linear.weight!), Weight("bias", linear.bias!)], ("transB", 1));

    /// <summary>The padding, where there is any.</summary>
    private static OnnxAttribute[] Padding(long[]? padding) =>
        padding is null || padding.All(side => side == 0) ? [] : [("pads", [.. Pair(padding), .. Pair(padding)])];

    private static long[] Pair(long[] sizes) => sizes is [var both] ? [both, both] : sizes;

    private static (double[] Scale, double[] Shift) ScaleAndShift(BatchNormalization norm)
    {
        float[] weight = norm.Scale.Floats(),
            bias = norm.Shift.Floats(),
            mean = norm.RunningMean.Floats(),
            variance = norm.RunningVariance.Floats();
        double[] scale = [.. weight.Select((w, i) => w / Math.Sqrt(variance[i] + norm.Epsilon))];
        return (scale, [.. scale.Select((s, i) => bias[i] - (mean[i] * s))]);
    }
}
