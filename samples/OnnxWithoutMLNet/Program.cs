// A saved cascade without this library and without ML.NET, with ONNX Runtime only: dotnet run -- cascade.onnx Inputs, outputs and metadata are
// described in docs/persistence.md.
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

if (args is not [var model])
{
    Console.Error.WriteLine("Usage: OnnxWithoutMLNet MODEL.onnx");
    return 2;
}

using var session = new InferenceSession(model);
using JsonDocument info = JsonDocument.Parse(session.ModelMetadata.CustomMetadataMap["cxrannotate"]);
JsonElement loading = info.RootElement.GetProperty("loading");
int height = loading.GetProperty("height").GetInt32(),
    width = loading.GetProperty("width").GetInt32();
string[] labels = [.. info.RootElement.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!)];

// Two images at once: here a gradient and a disc; yours are grey values in [0, 1], lungs dark, scaled to this size.
float[] pixels = new float[2 * height * width];
for (int y = 0; y < height; y++)
{
    for (int x = 0; x < width; x++)
    {
        pixels[(y * width) + x] = (float)y / height;
        pixels[(height * width) + (y * width) + x] = Math.Pow((2.0 * y / height) - 1, 2) + Math.Pow((2.0 * x / width) - 1, 2) < 0.5 ? 0.2f : 0.9f;
    }
}

using OrtValue image = OrtValue.CreateTensorValueFromMemory(pixels, [2, 1, height, width]);
using var options = new RunOptions();
using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["Image"], [image], ["Score", "Annotation", "AnnotationProbability"]);
string[] annotations = results[1].GetStringTensorAsArray();
for (int i = 0; i < annotations.Length; i++)
{
    float[] scores = results[0].GetTensorDataAsSpan<float>().Slice(i * labels.Length, labels.Length).ToArray();
    int best = Array.IndexOf(scores, scores.Max());
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"image {i}: {annotations[i]}   p={results[2].GetTensorDataAsSpan<float>()[i]:F2}, most probable label {labels[best]} ({scores[best]:F2})"
        )
    );
}

return 0;
