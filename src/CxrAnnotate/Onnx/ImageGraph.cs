namespace CxrAnnotate;

/// <summary>Image inputs of graphs: converts the content of ML.NET columns to grey values [N, 1, H, W].</summary>
internal static class ImageGraph
{
    /// <summary>A complete graph that reshapes the first H * W numbers of a longer vector to an image.</summary>
    internal static byte[] FromPixels(string input, int length, string output, int height, int width)
    {
        var graph = new OnnxGraph("image");
        OnnxValue pixels = graph.Input(input, OnnxType.Single, null, length);
        graph.Output(
            output,
            graph.Reshape(graph.Slice(pixels, (1, 0, (long)height * width)), -1, 1, height, width),
            OnnxType.Single,
            null,
            1,
            height,
            width
        );
        return OnnxWriter.Write(graph, new OnnxModelInfo("image", "The pixels of an image.", new Dictionary<string, string>()));
    }

    /// <summary>An input of one grey channel, or of three (red, green, blue) that are converted to one.</summary>
    internal static OnnxValue Input(OnnxGraph graph, string name, int channels, int height, int width)
    {
        OnnxValue image = graph.Input(name, OnnxType.Single, null, channels, height, width);
        return channels == 1 ? image : graph.Sum(graph.Mul(image, graph.Constant("luma", [Luma.Red, Luma.Green, Luma.Blue], 3, 1, 1)), keep: true, 1);
    }
}
