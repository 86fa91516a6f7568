using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>
/// An image network that gives every image the same logits, trained at a negligible rate, so that all results of the training can be computed by
/// hand.
/// </summary>
internal static class ConstantNetwork
{
    private const int Side = 36;

    /// <summary>One epoch with a single mini-batch, which leaves the weights unchanged.</summary>
    internal static OptimizationOptions Still { get; } =
        new()
        {
            Epochs = 1,
            BatchSize = 1024,
            LearningRate = 1e-12,
            WeightDecay = 0,
            Schedule = ScheduleKind.Constant,
        };

    /// <summary>Writes the head: zero weights, and these biases as logits.</summary>
    internal static string Write(ScratchFolder folder, params double[] logits)
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        string path = Path.Combine(folder.Path, Path.GetRandomFileName() + ".safetensors");
        SafeTensors.Save(
            path,
            [
                KeyValuePair.Create("head.weight", zeros(logits.Length, 1024)),
                KeyValuePair.Create("head.bias", tensor(logits.Select(l => (float)l).ToArray())),
            ]
        );
        return path;
    }

    internal static ClassifyDiseaseOptions Options(string weights) =>
        new()
        {
            CropSize = 32,
            Augmentation = AugmentationOptions.None,
            Optimization = Still,
            LabelSmoothing = 0,
            PriorCorrection = 0,
            FineTuning = new() { Weights = weights },
            Seed = 3,
        };

    /// <summary>Single-label rows.</summary>
    internal static IDataView Rows(MLContext context, string[] names, IEnumerable<(int Label, string Caption)> rows)
    {
        var definition = SchemaDefinition.Create(typeof(SingleRow));
        definition[nameof(SingleRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        IDataView view = context.Data.LoadFromEnumerable(
            rows.Select(
                (row, i) =>
                    new SingleRow
                    {
                        Image = Picture(i),
                        Label = names[row.Label],
                        Caption = row.Caption,
                    }
            ),
            definition
        );
        IDataView keys = context.Data.LoadFromEnumerable(names.Select(name => new Name { Label = name }));
        return context.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(view).Transform(view);
    }

    /// <summary>Multi-label rows.</summary>
    internal static IDataView Rows(MLContext context, string[] names, IEnumerable<(float[] Findings, string Caption)> rows)
    {
        var definition = SchemaDefinition.Create(typeof(FindingsRow));
        definition[nameof(FindingsRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        definition[nameof(FindingsRow.Label)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Length);
        definition[nameof(FindingsRow.Label)]
            .AddAnnotation(
                "SlotNames",
                new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(n => n.AsMemory())]),
                new VectorDataViewType(TextDataViewType.Instance, names.Length)
            );
        return context.Data.LoadFromEnumerable(
            rows.Select(
                (row, i) =>
                    new FindingsRow
                    {
                        Image = Picture(i),
                        Label = row.Findings,
                        Caption = row.Caption,
                    }
            ),
            definition
        );
    }

    private static float[] Picture(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Side * Side).Select(_ => random.NextSingle())];
    }

    private sealed class SingleRow
    {
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = "";

        public string Caption { get; set; } = "";
    }

    private sealed class FindingsRow
    {
        public float[] Image { get; set; } = [];

        public float[] Label { get; set; } = [];

        public string Caption { get; set; } = "";
    }

    private sealed class Name
    {
        public string Label { get; set; } = "";
    }
}
