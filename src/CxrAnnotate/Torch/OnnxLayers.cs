using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A module that can write itself into an ONNX graph as it computes in eval mode.</summary>
internal interface IOnnxModule
{
    /// <param name="layers">Writes torch's own layers.</param>
    /// <param name="input">The module's input.</param>
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

    /// <summary>The layers of a sequence; a normalisation that follows a convolution is folded into it if so configured.</summary>
    internal OnnxValue Write(Sequential layers, OnnxValue input)
    {
        nn.Module[] modules = [.. layers.children()];
        OnnxValue x = input;
        for (int i = 0; i < modules.Length; i++)
        {
            if (modules[i] is Conv2d conv && i + 1 < modules.Length && Statistics.Of(modules[i + 1]) is { } norm)
            {
                x = Write(conv, norm, x);
                i++;
                continue;
            }

            x = Write(modules[i], x);
        }

        return x;
    }

    /// <summary>One layer.</summary>
    /// <exception cref="NotSupportedException">The layer, or an option of it, has no ONNX form here.</exception>
    internal OnnxValue Write(nn.Module layer, OnnxValue x) =>
        layer switch
        {
            Sequential inner => Write(inner, x),
            IOnnxModule own => own.Write(this, x),
            Conv2d conv => Write(conv, (Statistics?)null, x),
            _ when Statistics.Of(layer) is { } norm => Write(norm, x),
            Linear linear => Write(linear, x),
            ReLU => graph.Relu(x),
            MaxPool2d { dilation: null or [1] or [1, 1] } pool => graph.Node(
                "MaxPool",
                [x],
                [
                    ("kernel_shape", Pair(pool.kernel_size)),
                    ("strides", Pair(pool.stride ?? pool.kernel_size)),
                    ("ceil_mode", pool.ceil_mode ? 1 : 0),
                    .. Padding(pool.padding),
                ]
            ),
            AvgPool2d { divisor_override: null, ceil_mode: false } pool => graph.Node(
                "AveragePool",
                [x],
                [
                    ("kernel_shape", Pair(pool.kernel_size)),
                    ("strides", Pair(pool.stride ?? pool.kernel_size)),
                    ("count_include_pad", pool.count_include_pad ? 1 : 0),
                    .. Padding(pool.padding),
                ]
            ),
            AdaptiveAvgPool2d { output_size: [1] or [1, 1] } => graph.Mean(x, keep: true, 2, 3),
            Flatten { start_dim: 1, end_dim: -1 or 3 } => graph.Node("Flatten", [x], ("axis", 1)),
            Dropout or Dropout2d or Identity => x,
            _ => throw NoForm(layer),
        };

    /// <summary>A convolution and the normalisation after it.</summary>
    internal OnnxValue Write(Conv2d conv, BatchNormalization? norm, OnnxValue input) =>
        Write(conv, norm is null ? null : Statistics.Of(norm), input);

    /// <summary>A batch normalisation, by its running statistics.</summary>
    internal OnnxValue Write(BatchNormalization norm, OnnxValue input) => Write(Statistics.Of(norm)!, input);

    private OnnxValue Write(Conv2d conv, Statistics? norm, OnnxValue input)
    {
        if (conv.padding_type is not null || conv.padding_mode != TorchSharp.PaddingModes.Zeros)
            throw NoForm(conv);
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
            [
                ("kernel_shape", kernel[2..]),
                ("strides", stride),
                ("pads", [.. padding, .. padding]),
                .. conv.dilation.All(step => step == 1) ? (OnnxAttribute[])[] : [("dilations", Pair(conv.dilation))],
                .. conv.groups == 1 ? (OnnxAttribute[])[] : [("group", conv.groups)],
            ]
        );
        return norm is null ? x : Write(norm, x);
    }

    private OnnxValue Write(Statistics norm, OnnxValue input)
    {
        if (!foldNormalization)
        {
            return graph.Node(
                "BatchNormalization",
                [
                    input,
                    Weight("norm_weight", norm.Scale),
                    Weight("norm_bias", norm.Shift),
                    Weight("running_mean", norm.Mean),
                    Weight("running_var", norm.Variance),
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
        graph.Node(
            "Gemm",
            linear.bias is { } bias
                ? [input, Weight("weight", linear.weight!), Weight("bias", bias)]
                : [input, Weight("weight", linear.weight!)],
            ("transB", 1)
        );

    /// <summary>The padding, if any.</summary>
    private static OnnxAttribute[] Padding(long[]? padding) =>
        padding is null || padding.All(side => side == 0) ? [] : [("pads", [.. Pair(padding), .. Pair(padding)])];

    private static long[] Pair(long[] sizes) => sizes is [var both] ? [both, both] : sizes;

    private static NotSupportedException NoForm(nn.Module layer) =>
        new(ErrorCode.CannotBeSaved.Message($"A layer of type {layer.GetType().Name}, or one of its options, has no ONNX form."));

    private static (double[] Scale, double[] Shift) ScaleAndShift(Statistics norm)
    {
        float[] weight = norm.Scale.Floats(),
            bias = norm.Shift.Floats(),
            mean = norm.Mean.Floats(),
            variance = norm.Variance.Floats();
        double[] scale = [.. weight.Select((w, i) => w / Math.Sqrt(variance[i] + norm.Epsilon))];
        return (scale, [.. scale.Select((s, i) => bias[i] - (mean[i] * s))]);
    }

    /// <summary>What a batch normalisation computes by in eval mode.</summary>
    private sealed record Statistics(Tensor Scale, Tensor Shift, Tensor Mean, Tensor Variance, double Epsilon)
    {
        /// <summary>Those of a module; null where it is no batch normalisation that has all of them.</summary>
        internal static Statistics? Of(nn.Module module) =>
            module switch
            {
                BatchNormalization norm => new(norm.Scale, norm.Shift, norm.RunningMean, norm.RunningVariance, norm.Epsilon),
                BatchNorm2d { weight: { } scale, bias: { } shift, running_mean: { } mean, running_var: { } variance } norm => new(
                    scale,
                    shift,
                    mean,
                    variance,
                    norm.eps
                ),
                _ => null,
            };
    }
}
