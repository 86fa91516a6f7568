using CsCheck;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CxrAnnotate.Tests;

/// <summary>What label schemes compute, in C# and as a graph, beside values worked out independently.</summary>
public sealed class LabelGraphTests
{
    private static readonly string[] _split = ["nodule#1", "opacity", "nodule#2"];

    [Fact]
    public void The_entropy_is_what_is_worked_by_hand()
    {
        // 1.5 bits of log2(3).
        Check(LabelScheme.Exclusive, [0.5f, 0.25f, 0.25f], 0.946395);
        Check(LabelScheme.Exclusive, [0.25f, 0.25f, 0.25f, 0.25f], 1);
        Check(LabelScheme.Exclusive, [0, 1, 0], 0);
        Check(LabelScheme.Exclusive, [1], 0);
        // 1 bit and 0.811278 bits.
        Check(LabelScheme.Independent, [0.5f, 0.25f], 0.905639);
        Check(LabelScheme.Independent, [0, 1, 1], 0);
        Check(LabelScheme.Independent, [0.5f], 1);
        Check(LabelScheme.Exclusive, [float.NaN, float.NaN], double.NaN);
        Check(LabelScheme.Exclusive, [float.NaN], double.NaN);
        Check(LabelScheme.Independent, [float.NaN, float.NaN], double.NaN);
        // Parts of a label are no doubt: 0.5 and 0.5.
        Check(LabelScheme.Exclusive, [0.25f, 0.5f, 0.25f], 1, _split);
        // 0.5 is the most probable part.
        Check(LabelScheme.Independent, [0.5f, 0.25f, 0.125f], 0.905639, _split);
    }

    [Fact]
    public void The_entropy_of_any_probabilities_is_that_of_its_definition_in_both_forms() =>
        Gen.Double[0, 1]
            .Array[1, 6]
            .Where(raw => raw.Sum() > 0)
            .Sample(
                raw =>
                {
                    float[] exclusive = [.. raw.Select(p => (float)(p / raw.Sum()))],
                        independent = [.. raw.Select(p => (float)p)];
                    // The entropy to the base of the number of labels; for one label there is no such base, and no doubt.
                    double[] logs = [.. exclusive.Where(p => p > 0).Select(p => p * Math.Log(p, raw.Length))];
                    Check(LabelScheme.Exclusive, exclusive, raw.Length == 1 ? 0 : -logs.Sum());
                    double Bits(double p) => p is 0 or 1 ? 0 : -((p * Math.Log2(p)) + ((1 - p) * Math.Log2(1 - p)));
                    Check(LabelScheme.Independent, independent, independent.Average(p => Bits(p)));
                },
                iter: 40,
                threads: 1
            );

    private static void Check(LabelScheme scheme, float[] scores, double expected, string[]? labels = null)
    {
        labels ??= [.. scores.Select((_, k) => $"label {k}")];
        double computed = scheme.Entropy(scheme.Fold(BaseLabels.Indices(labels), scores)),
            ofGraph = OfGraph(scheme, scores, labels);
        Assert.Equal(expected, computed, 1e-6);
        Assert.Equal(expected, ofGraph, 1e-5);
        Assert.All((double[])[computed, ofGraph], entropy => Assert.False(entropy is < 0 or > 1));
    }

    private static float OfGraph(LabelScheme scheme, float[] scores, string[] labels)
    {
        var graph = new OnnxGraph("entropy");
        OnnxValue values = graph.Input("scores", OnnxType.Single, null, scores.Length);
        LabelGraph of = LabelGraph.Of(scheme);
        graph.Output(
            [of.Entropy(graph, of.Fold(graph, values, labels), BaseLabels.Names(labels).Count)],
            new Dictionary<string, string>()
        );
        byte[] bytes = OnnxWriter.Write(graph, new OnnxModelInfo("entropy", "test", new Dictionary<string, string>()));
        OnnxStructure.Check(bytes);
        using var session = new InferenceSession(bytes);
        // A row before it, so that rows are not mixed up.
        float[] batch = [.. scores.Select(_ => 1f / scores.Length), .. scores];
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("scores", new DenseTensor<float>(batch, [2, scores.Length]))]);
        return results.Single().AsEnumerable<float>().Last();
    }
}
